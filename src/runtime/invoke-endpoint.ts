import type * as Sdk from '@aws-sdk/client-sagemaker-runtime'
import type { Context } from '../service/context.ts'
import { ServiceError } from '../service/errors.ts'
import type { MetricDatum } from '../service/metrics.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import type { Answer, Invocation } from '../workload/invocation.ts'
import type { Invoker } from '../workload/invoke.ts'
import { inferenceUnits } from './inference-metering.ts'
import type { MeteringJournal } from './metering-journal.ts'
import { pickVariant, type Route, type RouteInstance, type RouteVariant, type RoutingTable } from './routing-table.ts'

type In = Input<typeof Sdk, 'InvokeEndpoint'>
export type InvokeEndpoint = Operation<In, Output<typeof Sdk, 'InvokeEndpoint'>>

/** Source: SageMaker Runtime API reference, InvokeEndpoint. */
const timeoutMs = 60_000
const routeWaitMs = 10_000
const unsupported = ['TargetModel', 'EnableExplanations', 'InferenceComponentName', 'SessionId'] as const

const validation = (message: string) => new ServiceError('ValidationError', message, { status: 400 })

/** The hot path: routing table, container, answer. No database on it; metrics and metering are handed on. */
export function createInvokeEndpoint(routes: RoutingTable, invoker: Invoker, journal: MeteringJournal): InvokeEndpoint {
  let turn = 0

  return async (input, ctx) => {
    for (const name of unsupported)
      if (input[name] !== undefined) throw validation(`${name} is not supported by this installation of Modelmart.`)
    const start = performance.now()
    const route = routes.get(ctx.account, ctx.region, input.EndpointName) ?? (await lateRoute(input.EndpointName, ctx))
    const variant = chooseVariant(route, input.TargetVariant)
    const instance = variant.instances[turn++ % variant.instances.length]
    if (!instance)
      throw new ServiceError('ServiceUnavailable', `Variant ${variant.name} has no instance in service.`, {
        status: 503,
      })
    const asked = performance.now()
    const answer = await ask(route, variant, instance, input, ctx)
    const answered = performance.now()
    if (answer.status >= 200 && answer.status < 300 && variant.productArn) meter(route, variant.productArn, answer)
    report(route, variant, answer.status, answered - asked, performance.now() - start - (answered - asked), ctx)
    if (answer.status < 200 || answer.status >= 300) throw modelError(answer, route, instance, ctx)
    return {
      Body: answer.body as never,
      ContentType: answer.contentType,
      CustomAttributes: answer.customAttributes,
      InvokedProductionVariant: variant.name,
    }
  }

  /** Right after a start, an endpoint in service has its route as soon as its containers are found again. */
  async function lateRoute(name: string, { account, region, store }: Context): Promise<Route> {
    const arn = `arn:aws:sagemaker:${region}:${account}:endpoint/${name}`
    const row = await store.db.selectFrom('resource').select('status').where('arn', '=', arn).executeTakeFirst()
    const inService = row?.status === 'InService' || row?.status === 'Updating'
    const route = inService ? await routes.appear(account, region, name, routeWaitMs) : undefined
    if (!route) throw validation(`Endpoint ${name} of account ${account} not found.`)
    return route
  }

  async function ask(
    route: Route,
    variant: RouteVariant,
    instance: RouteInstance,
    input: In,
    ctx: Context,
  ): Promise<Answer> {
    const invocation: Invocation = {
      body: input.Body as Uint8Array,
      contentType: input.ContentType,
      accept: input.Accept,
      customAttributes: input.CustomAttributes,
    }
    try {
      return await invoker.invoke(targets(variant, instance, input), invocation, timeoutMs, ctx.signal)
    } catch (error) {
      if (error instanceof ServiceError) throw error
      report(route, variant, 500, 0, 0, ctx)
      throw noAnswer(error as Error, route, instance, ctx)
    }
  }

  function targets(
    { direct }: RouteVariant,
    instance: RouteInstance,
    { TargetContainerHostname: name }: In,
  ): readonly string[] {
    if (!direct) {
      if (name !== undefined)
        throw validation(
          'TargetContainerHostname can be given only for a model whose InferenceExecutionConfig is Direct.',
        )
      return instance.addresses
    }
    const index = instance.hostnames.indexOf(name)
    if (name === undefined || index < 0)
      throw validation(`TargetContainerHostname must be one of ${instance.hostnames.join(', ')}.`)
    return [instance.addresses[index] as string]
  }

  function meter(route: Route, productArn: string, { metering }: Answer): void {
    const { dimension, units } = inferenceUnits(metering)
    const { account, region, arn } = route
    journal.record({ account, region, productArn, resourceArn: arn }, dimension, units)
  }
}

function chooseVariant({ variants, name }: Route, target: string | undefined): RouteVariant {
  if (target !== undefined) {
    const variant = variants.find(candidate => candidate.name === target)
    if (!variant) throw validation(`Variant ${target} not found for endpoint ${name}.`)
    return variant
  }
  const variant = pickVariant(variants, Math.random())
  if (!variant) throw validation(`All variants of endpoint ${name} have the weight 0.`)
  return variant
}

const logs = (route: Route, { account }: Context) =>
  `See /aws/sagemaker/Endpoints/${route.name} in account ${account} for more information.`

const streamArn = (route: Route, instance: RouteInstance, { account, region }: Context) =>
  `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/${route.name}:log-stream:${instance.logStream}`

function modelError(answer: Answer, route: Route, instance: RouteInstance, ctx: Context): ServiceError {
  const body = Buffer.from(answer.body).toString().slice(0, 1024)
  const kind = answer.status >= 400 && answer.status < 500 ? 'client' : 'server'
  return new ServiceError(
    'ModelError',
    `Received ${kind} error (${answer.status}) from primary with message "${body}". ${logs(route, ctx)}`,
    {
      status: 424,
      fields: {
        OriginalStatusCode: answer.status,
        OriginalMessage: body,
        LogStreamArn: streamArn(route, instance, ctx),
      },
    },
  )
}

function noAnswer(error: Error, route: Route, instance: RouteInstance, ctx: Context): ServiceError {
  const timedOut = error.name === 'TimeoutError'
  const what = timedOut
    ? 'Your invocation timed out while waiting for a response from container primary'
    : `The container primary did not answer (${error.message})`
  return new ServiceError(
    'ModelError',
    `Received server error (0) from primary with message "${what}. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.". ${logs(route, ctx)}`,
    {
      status: 424,
      fields: { OriginalStatusCode: 0, OriginalMessage: what, LogStreamArn: streamArn(route, instance, ctx) },
    },
  )
}

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
function report(
  route: Route,
  variant: RouteVariant,
  status: number,
  modelMs: number,
  overheadMs: number,
  ctx: Context,
): void {
  const dimensions = dimensionsOf(route, variant)
  const time = new Date()
  const datum = (name: string, value: number, unit: string): MetricDatum => ({ name, value, unit, dimensions, time })
  ctx.metrics.put(route.account, route.region, 'AWS/SageMaker', [
    datum('Invocations', 1, 'Count'),
    datum('Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'Count'),
    datum('Invocation5XXErrors', status >= 500 || status < 200 ? 1 : 0, 'Count'),
    datum('ModelLatency', modelMs * 1000, 'Microseconds'),
    datum('OverheadLatency', overheadMs * 1000, 'Microseconds'),
  ])
}
