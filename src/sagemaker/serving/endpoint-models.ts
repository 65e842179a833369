import { clock } from '../../ground/clock.ts'
import type { RouteInstance } from '../../runtime/routing-table.ts'
import type { TargetModelParts, TargetModels } from '../../runtime/target-models.ts'
import type { Platform } from '../../service/context.ts'
import type { EndpointRow } from './endpoint.ts'
import type { HostSpec, ModelHosts } from './model-host.ts'

/** What is known of the models of multi-model endpoints: as long as a container runs, who loads them is the same. */
export interface EndpointModels {
  /** For the route of a container at this address; empty for a container of one model. */
  of(row: EndpointRow, spec: HostSpec, address: string): Pick<RouteInstance, 'models'>
  /** Forgets those of all containers but these, or of an endpoint that goes. */
  keep(arn: string, specs: readonly HostSpec[]): void
}

export function createEndpointModels(hosts: Pick<ModelHosts, 'targetModels'>, { metrics }: Platform): EndpointModels {
  const known = new Map<string, Map<string, TargetModels>>()

  /** Source: SageMaker Developer Guide, "CloudWatch Metrics for Multi-Model Endpoint Deployments". */
  const reportFor =
    ({ account, region, name }: EndpointRow, host: string): TargetModelParts['report'] =>
    (metric, ms, count) => {
      const VariantName = host.replace(/-\d+$/, '')
      const rest = { dimensions: { EndpointName: name, VariantName }, time: new Date(clock.now()) }
      metrics.put(account, region, 'AWS/SageMaker', [
        { name: metric, value: ms * 1000, unit: 'Microseconds', ...rest },
        { name: 'LoadedModelCount', value: count, unit: 'None', ...rest },
      ])
    }

  return {
    of(row, spec, address) {
      const mine = known.get(row.arn) ?? new Map<string, TargetModels>()
      const models = mine.get(spec.stream.stream) ?? hosts.targetModels(spec, address, reportFor(row, spec.host))
      if (!models) return {}
      known.set(row.arn, mine.set(spec.stream.stream, models))
      return { models }
    },
    keep(arn, specs) {
      const streams = new Set(specs.map(({ stream }) => stream.stream))
      const mine = known.get(arn)
      for (const stream of mine?.keys() ?? []) if (!streams.has(stream)) mine?.delete(stream)
      if (mine?.size === 0) known.delete(arn)
    },
  }
}
