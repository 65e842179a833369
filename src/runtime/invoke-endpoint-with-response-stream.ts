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
  await settleSession(input, answer, target, ctx).catch(error => {
    answer.leave()
    report(answer.status)
    throw error
  })
  return { Body: parts(asked, ctx) as never, ...toldOf(answer, target) }
}

/** Ends once, however: its instance counts as busy until then, and who takes that away waits for it. */
function parts(asked: AskedEndpoint<OpenAnswer>, ctx: InvocationContext) {
  const { target, answer, report } = asked
  const { signal } = ctx
  let isBegun = false

  /** One that was broken off is not metered. */
  async function end(broken?: Error): Promise<void> {
    const isBroken = broken !== undefined && !signal.aborted
    try {
      if (!isBroken) await meterAnswer(target, target.addresses.length - 1, answer, ctx)
    } finally {
      report(isBroken ? 500 : answer.status)
    }
  }

  /** A caller who goes before the first part is sent reads none. */
  function onGone(): void {
    if (isBegun) return
    isBegun = true
    answer.leave()
    end().catch(err =>
      ctx.log.warn({ err, endpoint: target.route.arn }, 'an answer that nobody waited for is not metered'),
    )
  }

  async function* read() {
    if (isBegun) return
    isBegun = true
    let broken: Error | undefined
    try {
      for await (const Bytes of answer.body) yield { PayloadPart: { Bytes } }
    } catch (error) {
      broken = error as Error
    } finally {
      signal.removeEventListener('abort', onGone)
      await end(broken)
    }
    if (broken) throw brokenStream(broken, target, ctx)
  }

  if (signal.aborted) onGone()
  else signal.addEventListener('abort', onGone)
  return read()
}
