import { clock } from '../ground/clock.ts'
import { isGood } from '../workload/invocation.ts'
import type { Target } from './endpoint-target.ts'
import { reportInvocation } from './invocation-report.ts'
import type { In, InvocationContext } from './runtime-operation.ts'

/** As of the request itself (`invoke-endpoint.ts`). */
const timeoutMs = 60_000
/** Copies that are under way at once in this process, and their bytes: what a slow shadow does not take is left out, and told. */
const most = { copies: 64, bytes: 64 * 1024 ** 2 }
const under = { copies: 0, bytes: 0 }

type Copied = Pick<In<'InvokeEndpoint'>, 'Body' | 'ContentType' | 'Accept' | 'CustomAttributes' | 'InferenceId'>

/**
 * Sends a copy of a request to a shadow. Nobody waits for it, nobody gets its answer, and nothing of it is charged: it is in the shadow's own metrics
 * and in its captured data. Source: SageMaker Developer Guide, "Shadow tests" and "Shadow variants".
 */
export function askShadow(target: Target, input: Copied, ctx: InvocationContext): void {
  const body = input.Body as Uint8Array
  const isFull = under.copies >= most.copies || under.bytes + body.byteLength > most.bytes
  if (isFull) {
    target.ended()
    reportDropped(target, ctx)
    return
  }
  under.copies++
  under.bytes += body.byteLength
  void copy(target, input, ctx)
    .catch(err => ctx.log.warn({ err, endpoint: target.route.arn }, 'a copy for a shadow variant could not be told'))
    .finally(() => {
      under.copies--
      under.bytes -= body.byteLength
      target.ended()
    })
}

async function copy(target: Target, input: Copied, ctx: InvocationContext): Promise<void> {
  const {
    ContentType: contentType,
    Accept: accept,
    CustomAttributes: customAttributes,
    InferenceId: inferenceId,
  } = input
  const body = input.Body as Uint8Array
  const began = clock.elapsed()
  // The caller's connection may end before, and its memory is given back with its answer.
  const answer = await ctx.invoker
    .invoke(target.addresses, { body, contentType, accept, customAttributes }, timeoutMs)
    .catch(() => undefined)
  reportInvocation(target, answer?.status ?? 500, clock.elapsed() - began, 0, ctx)
  if (!answer || !isGood(answer)) return
  const { route, variant } = target
  ctx.capture.take(route, variant, { input: { contentType, body }, output: answer, customAttributes, inferenceId })
}

function reportDropped({ route, variant }: Target, { metrics }: InvocationContext): void {
  metrics.put(route.account, route.region, 'AWS/SageMaker', [
    {
      ...{ name: 'ShadowInvocationsDropped', value: 1, unit: 'Count', time: new Date(clock.now()) },
      dimensions: { EndpointName: route.name, VariantName: variant.name },
    },
  ])
}
