import { ServiceError } from '../ground/errors.ts'
import type { BodyRefused } from '../ground/memory-budget.ts'
import type { Answer } from '../workload/invocation.ts'
import { connectionWords } from '../workload/plain-words.ts'
import type { Target, TargetContainer } from './endpoint-target.ts'
import type { InvocationContext } from './runtime-operation.ts'
import type { LoadRefused } from './target-models.ts'

/** Whose endpoint is asked. */
type Caller = Pick<InvocationContext, 'account' | 'region'>

const logs = ({ route }: Target, { account }: Caller) =>
  `See /aws/sagemaker/Endpoints/${route.name} in account ${account} for more information.`

const streamArn = ({ route }: Target, { logStream }: TargetContainer, { account, region }: Caller) =>
  `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/${route.name}:log-stream:${logStream}`

/** The container that was asked when so many had answered well. */
const failedOf = ({ containers }: Target, answered: number) => containers[answered] as TargetContainer

/** The container answered with an error. Source: SageMaker Runtime API reference, ModelError. */
export function modelError(
  answer: Pick<Answer, 'status' | 'body'>,
  target: Target,
  answered: number,
  ctx: Caller,
): ServiceError {
  const container = failedOf(target, answered)
  const body = Buffer.from(answer.body.subarray(0, 4096)).toString().slice(0, 1024)
  const kind = answer.status >= 400 && answer.status < 500 ? 'client' : 'server'
  return new ServiceError(
    'ModelError',
    `Received ${kind} error (${answer.status}) from ${container.name} with message "${body}". ${logs(target, ctx)}`,
    {
      status: 424,
      fields: {
        OriginalStatusCode: answer.status,
        OriginalMessage: body,
        LogStreamArn: streamArn(target, container, ctx),
      },
    },
  )
}

/** The container of a multi-model endpoint did not load the model. Source: as above. */
export const modelNotLoaded = (refused: LoadRefused, target: Target, ctx: Caller): ServiceError =>
  modelError({ status: refused.status, body: Buffer.from(refused.message) }, target, 0, ctx)

/** Its files cannot be fetched. */
export const modelNotFound = ({ code, message }: ServiceError, model: string): ServiceError =>
  new ServiceError('ValidationError', `The model ${model} could not be downloaded: ${code}: ${message}`, {
    status: 400,
  })

/** The container did not answer. */
export function noAnswer(error: Error, target: Target, answered: number, ctx: Caller): ServiceError {
  const container = failedOf(target, answered)
  const timedOut = error.name === 'TimeoutError'
  const what = timedOut
    ? `Your invocation timed out while waiting for a response from container ${container.name}`
    : `The container ${container.name} did not answer (${connectionWords(error)})`
  return new ServiceError(
    'ModelError',
    `Received server error (0) from ${container.name} with message "${what}. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.". ${logs(target, ctx)}`,
    {
      status: 424,
      fields: { OriginalStatusCode: 0, OriginalMessage: what, LogStreamArn: streamArn(target, container, ctx) },
    },
  )
}

/** The container of a serverless endpoint could not be started for it. */
export const notStarted = (name: string, reason: string, { account }: Pick<Caller, 'account'>): ServiceError =>
  new ServiceError(
    'ModelError',
    `Received server error (0) from primary with message "${reason}". See /aws/sagemaker/Endpoints/${name} in account ${account} for more information.`,
    { status: 424, fields: { OriginalStatusCode: 0, OriginalMessage: reason } },
  )

/** The container began a session as it cannot be begun. Source: as above, and InvokeEndpoint, `NewSessionId`. */
export function badSession(how: string, status: number, target: Target, ctx: Caller): ServiceError {
  const container = target.containers.at(-1) as TargetContainer
  const what = `The container began a session ${how}`
  return new ServiceError(
    'ModelError',
    `Received server error (${status}) from ${container.name} with message "${what}". ${logs(target, ctx)}`,
    {
      status: 424,
      fields: { OriginalStatusCode: status, OriginalMessage: what, LogStreamArn: streamArn(target, container, ctx) },
    },
  )
}

/** The container answered, but there is no room for it: the platform's refusal, which SDKs ask again after. Source: as above, ServiceUnavailable. */
export const noMemory = ({ message }: BodyRefused): ServiceError =>
  new ServiceError('ServiceUnavailable', `The answer of the container was not taken. ${message}`, { status: 503 })

/** An answer that had begun was not finished. Source: SageMaker Runtime API reference, ModelStreamError. */
export function brokenStream(error: Error, target: Target, ctx: Caller): ServiceError {
  const timedOut = error.name === 'TimeoutError'
  const { name } = target.containers.at(-1) as TargetContainer
  const ErrorCode = timedOut ? 'ModelInvocationTimeExceeded' : 'StreamBroken'
  const what = timedOut
    ? `The container ${name} did not finish its response in time`
    : `The container ${name} broke off its response (${connectionWords(error)})`
  return new ServiceError('ModelStreamError', `${what}. ${logs(target, ctx)}`, { status: 424, fields: { ErrorCode } })
}
