import { clock } from '../ground/clock.ts'
import type { Context } from '../service/context.ts'
import type { MetricDatum } from '../service/metrics.ts'
import type { Target } from './endpoint-target.ts'
import { inferenceUnits } from './inference-metering.ts'
import type { MeteringJournal } from './metering-journal.ts'
import type { Route, RouteVariant } from './routing-table.ts'

const dimensions = new WeakMap<RouteVariant, MetricDatum['dimensions']>()

/** The same object for every invocation, which spares the sink from writing it out each time. */
function dimensionsOf({ name }: Route, variant: RouteVariant): MetricDatum['dimensions'] {
  const known = dimensions.get(variant)
  if (known) return known
  const made = { EndpointName: name, VariantName: variant.name }
  dimensions.set(variant, made)
  return made
}

/** Latencies in microseconds, as SageMaker gives them. Source: SageMaker Developer Guide, "Monitor Amazon SageMaker with Amazon CloudWatch". */
export function reportInvocation(
  { route, variant }: Target,
  status: number,
  modelMs: number,
  overheadMs: number,
  ctx: Context,
): void {
  const dimensions = dimensionsOf(route, variant)
  const time = new Date(clock.now())
  const datum = (name: string, value: number, unit: string): MetricDatum => ({ name, value, unit, dimensions, time })
  ctx.metrics.put(route.account, route.region, 'AWS/SageMaker', [
    datum('Invocations', 1, 'Count'),
    datum('Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'Count'),
    datum('Invocation5XXErrors', status >= 500 || status < 200 ? 1 : 0, 'Count'),
    datum('ModelLatency', modelMs * 1000, 'Microseconds'),
    datum('OverheadLatency', overheadMs * 1000, 'Microseconds'),
  ])
}

/** Writes down what one good answer of a subscribed product costs. */
export function meterInvocation(
  journal: MeteringJournal,
  { route, variant }: Target,
  header: string | undefined,
): void {
  if (!variant.productArn) return
  const { dimension, units } = inferenceUnits(header)
  const { account, region, arn } = route
  journal.record({ account, region, productArn: variant.productArn, resourceArn: arn }, dimension, units)
}
