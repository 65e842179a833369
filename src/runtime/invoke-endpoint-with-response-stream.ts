import { clock } from '../ground/clock.ts'
import type { Context } from '../service/context.ts'
import { isGood, type OpenAnswer } from '../workload/invocation.ts'
import type { Target } from './endpoint-target.ts'
import { meterAnswer, reportInvocation } from './invocation-report.ts'
import { answerOf, createLine, invocationOf, refuseUnsupported } from './invoke-endpoint.ts'
import { brokenStream, modelError, noAnswer } from './model-error.ts'
import type { Op, RuntimeParts } from './runtime-operation.ts'

/** For the whole answer. Source: SageMaker Developer Guide, "How containers serve requests". */
const timeoutMs = 8 * 60_000

/**
 * Hands the container's answer on part by part, as it sends it. One that it breaks off ends with ModelStreamError and is not metered;
 * one that the caller leaves is.
 */
export const invokeEndpointWithResponseStream: Op<'InvokeEndpointWithResponseStream'> = async (input, ctx) => {
  refuseUnsupported(input)
  const start = clock.elapsed()
  const target = await ctx.chooseTarget(input, ctx)
  const asked = clock.elapsed()
  const line = createLine(target, ctx)
  const answering = ctx.invoker.open(target.addresses, invocationOf(input), timeoutMs, ctx.signal, line.answered)
  const answer = await answerOf(answering, target, line, ctx)
  const report = (status: number) => reportInvocation(target, status, clock.elapsed() - asked, asked - start, ctx)
  if (!isGood(answer)) {
    report(answer.status)
    throw await answer.whole().then(
      body => modelError({ status: answer.status, body }, target, line.good, ctx),
      error => noAnswer(error, target, line.good, ctx),
    )
  }
  return {
    Body: parts(answer, target, ctx, report) as never,
    ContentType: answer.contentType,
    CustomAttributes: answer.customAttributes,
    InvokedProductionVariant: target.variant.name,
  }
}

async function* parts(
  answer: OpenAnswer,
  target: Target,
  ctx: Context & RuntimeParts,
  report: (status: number) => void,
) {
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
