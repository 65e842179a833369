import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import { type Answered, type Invocation, isGood } from '../workload/invocation.ts'
import { type Target, validation } from './endpoint-target.ts'
import { meterAnswer, reportInvocation } from './invocation-report.ts'
import { modelError, noAnswer } from './model-error.ts'
import type { In, Op, RuntimeParts } from './runtime-operation.ts'

/** Source: SageMaker Runtime API reference, InvokeEndpoint. */
const timeoutMs = 60_000
const unsupported = ['TargetModel', 'EnableExplanations', 'InferenceComponentName', 'SessionId'] as const

/** Refuses members that need kinds of endpoints which are not here. */
export function refuseUnsupported(input: Readonly<Partial<Record<(typeof unsupported)[number], unknown>>>): void {
  for (const name of unsupported)
    if (input[name] !== undefined) throw validation(`${name} is not supported by this installation of Modelmart.`)
}

/** The hot path: routing table, container, answer. No database on it; metrics and metering are handed on. */
export const invokeEndpoint: Op<'InvokeEndpoint'> = async (input, ctx) => {
  refuseUnsupported(input)
  const start = clock.elapsed()
  const target = await ctx.chooseTarget(input, ctx)
  const asked = clock.elapsed()
  const line = createLine(target, ctx)
  const answering = ctx.invoker.invoke(target.addresses, invocationOf(input), timeoutMs, ctx.signal, line.answered)
  const answer = await answerOf(answering, target, line, ctx)
  reportInvocation(target, answer.status, clock.elapsed() - asked, asked - start, ctx)
  if (!isGood(answer)) throw modelError(answer, target, line.good, ctx)
  return {
    Body: answer.body as never,
    ContentType: answer.contentType,
    CustomAttributes: answer.customAttributes,
    InvokedProductionVariant: target.variant.name,
  }
}

/** How far an invocation has come along the containers that it goes through. */
export interface Line {
  /** So many have answered well: the next is the one that did not. */
  readonly good: number
  readonly answered: Answered
}

/** Each good answer is metered. */
export function createLine(target: Target, ctx: Context & RuntimeParts): Line {
  let good = 0
  return {
    get good() {
      return good
    },
    async answered(index, answer) {
      await meterAnswer(target, index, answer, ctx)
      good = index + 1
    },
  }
}

/** What a container answers; that it does not is counted and told as a ModelError. */
export async function answerOf<Given>(asked: Promise<Given>, target: Target, line: Line, ctx: Context): Promise<Given> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ServiceError) throw error
    reportInvocation(target, 500, 0, 0, ctx)
    throw noAnswer(error as Error, target, line.good, ctx)
  }
}

/** What the container is asked. */
export const invocationOf = (
  input: Pick<In<'InvokeEndpoint'>, 'Body' | 'ContentType' | 'Accept' | 'CustomAttributes'>,
): Invocation & { readonly body: Uint8Array } => ({
  body: input.Body as Uint8Array,
  contentType: input.ContentType,
  accept: input.Accept,
  customAttributes: input.CustomAttributes,
})
