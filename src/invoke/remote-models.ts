import type { PreferInstances } from '../runtime/endpoint-target.ts'
import type { Route } from '../runtime/routing-table.ts'
import { LoadRefused, type TargetModels } from '../runtime/target-models.ts'
import type { Link } from './link.ts'
import type { ControlAnswers, WireRoute } from './plane-messages.ts'

/** Models of multi-model endpoints are loaded by the control plane, for all workers: these ask it. */
export interface RemoteModels {
  routeOf(route: WireRoute): Route
  readonly prefer: PreferInstances
}

/** Longer than the container may take to load one (`readyWithinMs`, `model-api.ts`). */
const patienceMs = 400_000

export function createRemoteModels(link: () => Pick<Link<ControlAnswers>, 'ask' | 'tell'>): RemoteModels {
  /** What was chosen and is asked next, by instance and model. */
  const tickets = new Map<string, number[]>()
  const placeOf = (stream: string, model: string) => `${stream} ${model}`

  function takeTicket(stream: string, model: string): number {
    const place = placeOf(stream, model)
    const waiting = tickets.get(place) ?? []
    const ticket = waiting.shift()
    if (waiting.length === 0) tickets.delete(place)
    if (ticket === undefined) throw new Error(`Nobody has chosen ${stream} for ${model}`)
    return ticket
  }

  const modelsAt = (stream: string): TargetModels => ({
    has: () => false,
    count: 0,
    async use(model) {
      const giver = link()
      const got = await giver.ask('useModel', takeTicket(stream, model), patienceMs)
      if ('refused' in got) throw new LoadRefused(got.refused.status, got.refused.words)
      const { path, waitedMs, lease } = got
      return { path, waitedMs, letGo: () => giver.tell('endLease', lease) }
    },
    forget: model => link().tell('forgetModel', { stream, model }),
  })
  return {
    routeOf: route => ({
      ...route,
      variants: route.variants.map(variant => ({
        ...variant,
        instances: variant.instances.map(({ isMultiModel, ...instance }) => ({
          ...instance,
          ...(isMultiModel && { models: modelsAt(instance.logStream) }),
        })),
      })),
    }),
    async prefer(instances, model) {
      const streams = instances.map(({ logStream }) => logStream)
      const chosen = await link().ask('chooseInstance', { streams, model })
      if (!chosen) return []
      const place = placeOf(chosen.stream, model)
      tickets.set(place, [...(tickets.get(place) ?? []), chosen.ticket])
      return instances.filter(({ logStream }) => logStream === chosen.stream)
    },
  }
}
