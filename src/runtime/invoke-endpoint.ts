import { isGood } from '../workload/invocation.ts'
import { askEndpoint, toldOf } from './ask-endpoint.ts'
import { modelError } from './model-error.ts'
import type { Invoke } from './runtime-operation.ts'
import { settleSession } from './settle-session.ts'

/** Source: SageMaker Runtime API reference, InvokeEndpoint. */
const timeoutMs = 60_000

/** Waits for the container's whole answer. */
export const invokeEndpoint: Invoke<'InvokeEndpoint'> = async (input, ctx) => {
  const { target, line, answer, report } = await askEndpoint(input, ctx, (addresses, invocation, answered) =>
    ctx.invoker.invoke(addresses, invocation, timeoutMs, ctx.signal, answered),
  )
  report(answer.status)
  if (!isGood(answer)) throw modelError(answer, target, line.good, ctx)
  const session = await settleSession(input, answer, target, ctx)
  const { ContentType: contentType, CustomAttributes: customAttributes, InferenceId: inferenceId } = input
  ctx.capture.take(target.route, target.variant, {
    input: { contentType, body: input.Body as Uint8Array },
    output: answer,
    ...{ customAttributes, inferenceId },
  })
  return { Body: answer.body as never, ...toldOf(answer, target), ...session }
}
