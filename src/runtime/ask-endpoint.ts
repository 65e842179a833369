import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused } from '../ground/memory-budget.ts'
import type { Answered, Invocation } from '../workload/invocation.ts'
import { NoCapacity, type Target, validation } from './endpoint-target.ts'
import { meterAnswer, reportInvocation, reportModelUse, reportNoCapacity } from './invocation-report.ts'
import { modelNotFound, modelNotLoaded, noAnswer, noMemory } from './model-error.ts'
import type { In, InvocationContext } from './runtime-operation.ts'
import { askShadow } from './shadow-copy.ts'
import { LoadRefused, type TargetModels } from './target-models.ts'

const unsupported = ['EnableExplanations', 'PrefixAwareId'] as const

type EndpointInput = In<'InvokeEndpoint'> | In<'InvokeEndpointWithResponseStream'>

/** How far an invocation has come along the containers that it goes through. */
export interface Line {
  /** So many have answered well: the next is the one that did not. */
  readonly good: number
  readonly answered: Answered
}

/** An endpoint that has answered. */
export interface AskedEndpoint<Answer> {
  readonly target: Target
  readonly line: Line
  readonly answer: Answer
  /** To be called once it is known how the invocation ended. */
  report(status: number): void
}

/**
 * The opening of both invocations: refuses what is not served, chooses the container from the routing table and asks it. No database on
 * the way; metrics and metering are handed on.
 */
export async function askEndpoint<Answer>(
  input: EndpointInput,
  ctx: InvocationContext,
  ask: (addresses: readonly string[], invocation: Asked, answered: Answered) => Promise<Answer>,
): Promise<AskedEndpoint<Answer>> {
  refuseUnsupported(input)
  const start = clock.elapsed()
  let target: Target
  try {
    const chosen = ctx.chooseTarget(input, ctx)
    target = chosen instanceof Promise ? await chosen : chosen
  } catch (error) {
    // Counted for what scales the component from none.
    if (error instanceof NoCapacity) reportNoCapacity(error.component, ctx)
    throw error
  }
  const name = 'TargetModel' in input ? input.TargetModel : undefined
  const using =
    target.instance.models && name !== undefined ? useModel(target.instance.models, name, target, ctx) : undefined
  const model = await using?.catch(error => {
    target.ended()
    throw error
  })
  const asked = clock.elapsed()
  const line = createLine(target, ctx)
  const invocation = { ...invocationOf(input, ctx), ...model?.asked }
  if (target.shadow) askShadow(target.shadow, input, ctx)
  try {
    const answer = await answerOf(ask(target.addresses, invocation, line.answered), target, line, ctx)
    return {
      ...{ target, line, answer },
      report(status) {
        target.ended()
        model?.ended(status)
        reportInvocation(target, status, clock.elapsed() - asked, asked - start, ctx)
      },
    }
  } catch (error) {
    target.ended()
    model?.ended(0)
    throw error
  }
}

/** Of a multi-model endpoint, the model that is asked for, loaded; to be told how the invocation ended. */
async function useModel(models: TargetModels, name: string, target: Target, ctx: InvocationContext) {
  const { path, waitedMs, letGo } = await models.use(name).catch(error => {
    if (error instanceof LoadRefused) throw modelNotLoaded(error, target, ctx)
    if (error instanceof ServiceError && error.code !== 'ModelNotReadyException') throw modelNotFound(error, name)
    throw error
  })
  reportModelUse(target, waitedMs, ctx)
  return {
    asked: { path, targetModel: name },
    ended(status: number) {
      if (status === 404) models.forget(name)
      letGo()
    },
  }
}

/** Refuses members that need kinds of endpoints which are not here. */
function refuseUnsupported(input: Readonly<Partial<Record<(typeof unsupported)[number], unknown>>>): void {
  for (const name of unsupported)
    if (input[name] !== undefined) throw validation(`${name} is not supported by this installation of Modelmart.`)
}

/** Each good answer is metered. */
function createLine(target: Target, ctx: InvocationContext): Line {
  let good = 0
  return {
    get good() {
      return good
    },
    async answered(index, answer) {
      const metered = meterAnswer(target, index, answer, ctx)
      if (metered) await metered
      good = index + 1
    },
  }
}

/** What a container answers; that it does not is counted and told as a ModelError. */
async function answerOf<Answer>(
  asked: Promise<Answer>,
  target: Target,
  line: Line,
  ctx: InvocationContext,
): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ServiceError) throw error
    if (error instanceof BodyRefused) throw noMemory(error)
    reportInvocation(target, 500, 0, 0, ctx)
    throw noAnswer(error as Error, target, line.good, ctx)
  }
}

type Asked = Invocation & { readonly body: Uint8Array }

const invocationOf = (input: EndpointInput, { memory }: InvocationContext): Asked => ({
  body: input.Body as Uint8Array,
  contentType: input.ContentType,
  accept: input.Accept,
  customAttributes: input.CustomAttributes,
  sessionId: input.SessionId,
  memory,
})

/** What both invocations answer besides the body. */
export const toldOf = (answer: Pick<Invocation, 'contentType' | 'customAttributes'>, { variant }: Target) => ({
  ContentType: answer.contentType,
  CustomAttributes: answer.customAttributes,
  InvokedProductionVariant: variant.name,
})
