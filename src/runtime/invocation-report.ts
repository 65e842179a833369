import { clock } from '../ground/clock.ts'
import type { UsageSubject } from '../service/market.ts'
import type { MetricDatum } from '../service/metrics.ts'
import type { Answer } from '../workload/invocation.ts'
import type { Target } from './endpoint-target.ts'
import { inferenceUnits } from './inference-metering.ts'
import type { Route, RouteVariant } from './routing-table.ts'
import type { InvocationContext } from './runtime-operation.ts'

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
  ctx: Pick<InvocationContext, 'metrics'>,
): void {
  const time = new Date(clock.now())
  const put = (dimensions: MetricDatum['dimensions'], share?: readonly [name: string, value: number]) => {
    const datum = (name: string, value: number, unit: string): MetricDatum => ({ name, value, unit, dimensions, time })
    ctx.metrics.put(route.account, route.region, 'AWS/SageMaker', [
      datum('Invocations', 1, 'Count'),
      ...(share ? [datum(...share, 'Count')] : []),
      datum('Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'Count'),
      datum('Invocation5XXErrors', status >= 500 || status < 200 ? 1 : 0, 'Count'),
      datum('ModelLatency', modelMs * 1000, 'Microseconds'),
      datum('OverheadLatency', overheadMs * 1000, 'Microseconds'),
    ])
  }
  const each = 1 / variant.instances.length
  const isShared = variant.serverless || variant.component !== undefined
  put(dimensionsOf(route, variant), isShared ? undefined : ['InvocationsPerInstance', each])
  if (variant.component !== undefined)
    put(dimensionsOfComponent(variant, variant.component), ['InvocationsPerCopy', each])
}

const componentDimensions = new WeakMap<RouteVariant, MetricDatum['dimensions']>()

function dimensionsOfComponent(variant: RouteVariant, InferenceComponentName: string): MetricDatum['dimensions'] {
  const made = componentDimensions.get(variant) ?? { InferenceComponentName }
  componentDimensions.set(variant, made)
  return made
}

/** An invocation of a component that has no copy to answer it. Source: SageMaker Developer Guide, "Scale an endpoint to zero instances". */
export function reportNoCapacity(
  InferenceComponentName: string,
  { metrics, account, region }: Pick<InvocationContext, 'metrics' | 'account' | 'region'>,
): void {
  const rest = { dimensions: { InferenceComponentName }, time: new Date(clock.now()), unit: 'Count' }
  metrics.put(account, region, 'AWS/SageMaker', [{ name: 'NoCapacityInvocationFailures', value: 1, ...rest }])
}

/**
 * Of a multi-model endpoint, whether the model was there and how long it was waited for. Source: SageMaker Developer Guide, "CloudWatch
 * Metrics for Multi-Model Endpoint Deployments".
 */
export function reportModelUse(
  { route, variant }: Target,
  waitedMs: number | undefined,
  ctx: Pick<InvocationContext, 'metrics'>,
): void {
  const rest = { dimensions: dimensionsOf(route, variant), time: new Date(clock.now()) }
  ctx.metrics.put(route.account, route.region, 'AWS/SageMaker', [
    { name: 'ModelCacheHit', value: waitedMs === undefined ? 1 : 0, unit: 'None', ...rest },
    ...(waitedMs === undefined
      ? []
      : [{ name: 'ModelLoadingWaitTime', value: waitedMs * 1000, unit: 'Microseconds', ...rest }]),
  ])
}

const told = new WeakSet<RouteVariant>()
const subjects = new WeakMap<Route, Map<string, UsageSubject>>()

/** The same object for every answer, as with dimensions. */
function subjectOf(route: Route, productArn: string): UsageSubject {
  const ofRoute = subjects.get(route) ?? new Map<string, UsageSubject>()
  subjects.set(route, ofRoute)
  const { account, region, arn } = route
  const subject = ofRoute.get(productArn) ?? { account, region, productArn, resourceArn: arn }
  ofRoute.set(productArn, subject)
  return subject
}

/**
 * Writes down what a good answer of one of the containers costs, if it is a subscribed product's: what the others say is nothing to
 * anybody's bill, and nothing to wait for. That a header is not followed is told once a deployment.
 */
export function meterAnswer(
  { route, variant, products }: Target,
  index: number,
  { metering }: Pick<Answer, 'metering'>,
  { journal, log }: Pick<InvocationContext, 'journal' | 'log'>,
): Promise<void> | undefined {
  const productArn = products[index]
  if (!productArn) return undefined
  const { units, ignored } = inferenceUnits(metering)
  if (ignored && !told.has(variant)) {
    told.add(variant)
    log.warn(
      { endpoint: route.arn, variant: variant.name, productArn, ignored },
      'X-Amzn-Inference-Metering is not followed',
    )
  }
  return journal.record(subjectOf(route, productArn), units)
}
