import { clock } from '../ground/clock.ts'
import { BodyRefused, createMemoryBudget, type MemoryClaim } from '../ground/memory-budget.ts'
import { isGood } from '../workload/invocation.ts'
import type { Target } from './endpoint-target.ts'
import { reportInvocation } from './invocation-report.ts'
import type { In, InvocationContext } from './runtime-operation.ts'

/** As of the request itself (`invoke-endpoint.ts`). */
const timeoutMs = 60_000
const mebibyte = 1024 ** 2
/** Bytes of copies that are under way at once in this process, and of their answers: what a slow shadow does not take is left out, and told. */
const memory = createMemoryBudget(64 * mebibyte, 32 * mebibyte)
/** Copies themselves. Shadows that never answer, of however many accounts, leave room for those of others. */
const places = createMemoryBudget(128, 32)

type Copied = Pick<In<'InvokeEndpoint'>, 'Body' | 'ContentType' | 'Accept' | 'CustomAttributes' | 'InferenceId'>

/**
 * Sends a copy of a request to a shadow. Nobody waits for it, nobody gets its answer, and nothing of it is charged: it is in the shadow's own metrics
 * and in its captured data. Source: SageMaker Developer Guide, "Shadow tests" and "Shadow variants".
 */
export function askShadow(target: Target, input: Copied, ctx: InvocationContext): void {
  const held = [places.claim(target.route.account), memory.claim(target.route.account)] as const
  const ended = () => {
    for (const claim of held) claim.release()
    target.ended()
  }
  if (!isRoom(held, input.Body as Uint8Array)) {
    ended()
    reportDropped(target, ctx)
    return
  }
  void copy(target, input, held[1], ctx)
    .catch(err => ctx.log.warn({ err, endpoint: target.route.arn }, 'a copy for a shadow variant could not be told'))
    .finally(ended)
}

function isRoom([place, bytes]: readonly [MemoryClaim, MemoryClaim], body: Uint8Array): boolean {
  try {
    place.grow(1)
    bytes.grow(body.byteLength)
    return true
  } catch (error) {
    if (error instanceof BodyRefused) return false
    throw error
  }
}

async function copy(target: Target, input: Copied, memory: MemoryClaim, ctx: InvocationContext): Promise<void> {
  const {
    ContentType: contentType,
    Accept: accept,
    CustomAttributes: customAttributes,
    InferenceId: inferenceId,
  } = input
  const body = input.Body as Uint8Array
  const began = clock.elapsed()
  // The caller's memory is given back with its answer, and its connection may end before.
  const answer = await ctx.invoker
    .invoke(target.addresses, { body, contentType, accept, customAttributes, memory }, timeoutMs)
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
