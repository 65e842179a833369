import { isGood, type OpenAnswer } from '../workload/invocation.ts'
import { type AskedEndpoint, askEndpoint, toldOf } from './ask-endpoint.ts'
import { meterAnswer } from './invocation-report.ts'
import { brokenStream, modelError, noAnswer } from './model-error.ts'
import type { InvocationContext, Invoke } from './runtime-operation.ts'
import { settleSession } from './settle-session.ts'

/** For the whole answer. Source: SageMaker Developer Guide, "How containers serve requests". */
const timeoutMs = 8 * 60_000

/**
 * Hands the container's answer on part by part, as it sends it. One that it breaks off ends with ModelStreamError and is not metered;
 * one that the caller leaves is.
 */
export const invokeEndpointWithResponseStream: Invoke<'InvokeEndpointWithResponseStream'> = async (input, ctx) => {
  const asked = await askEndpoint(input, ctx, (addresses, invocation, answered) =>
    ctx.invoker.open(addresses, invocation, timeoutMs, ctx.signal, answered),
  )
  const { target, line, answer, report } = asked
  if (!isGood(answer)) {
    report(answer.status)
    throw await answer.whole().then(
      body => modelError({ status: answer.status, body }, target, line.good, ctx),
      error => noAnswer(error, target, line.good, ctx),
    )
  }
  // A stream begins no session, and its answer has no member for the end of one.
  await settleSession(input, answer, target, ctx)
  return { Body: parts(asked, ctx) as never, ...toldOf(answer, target) }
}

async function* parts({ target, answer, report }: AskedEndpoint<OpenAnswer>, ctx: InvocationContext) {
  let broken: Error | undefined
  try {
    for await (const Bytes of answer.body) yield { PayloadPart: { Bytes } }
  } catch (error) {
    broken = error as Error
  } finally {
    if (!broken || ctx.signal.aborted) await meterAnswer(target, target.addresses.length - 1, answer, ctx)
    report(broken && !ctx.signal.aborted ? 500 : answer.status)
  }
  if (broken) throw brokenStream(broken, target, ctx)
}
