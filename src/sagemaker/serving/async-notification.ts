import type { Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import { publishRefusal, publishText } from '../../sns/publish-as.ts'
import type { Transaction } from '../../store/store.ts'
import { type AsyncAnswer, mostToldBytes, roleOf } from './async-answer.ts'
import { AsyncFailure } from './async-failure.ts'
import type { Place } from './async-slots.ts'
import type { EndpointRow } from './endpoint.ts'
import { notificationEvent } from './test-notification.ts'

/** What a topic is to be told of a request, or why it cannot be. */
export interface AsyncNotification {
  readonly topic: string
  readonly message: string
  readonly refused?: string
}

/** What the topic of a request's outcome is to be told; undefined where none is named. The role of the model publishes. */
export async function notificationOf(
  platform: Platform,
  row: EndpointRow,
  waiting: Waiting,
  { variant }: Pick<Place, 'variant'>,
  outcome: AsyncAnswer | AsyncFailure,
): Promise<AsyncNotification | undefined> {
  const { NotificationConfig: config = {} } = row.live?.async?.OutputConfig ?? {}
  const [topic, kind] =
    outcome instanceof AsyncFailure
      ? ([config.ErrorTopic, 'ERROR_NOTIFICATION_TOPIC'] as const)
      : ([config.SuccessTopic, 'SUCCESS_NOTIFICATION_TOPIC'] as const)
  if (topic === undefined) return undefined
  const isTold = config.IncludeInferenceResponseIn?.includes(kind) === true
  const message = inferenceResult(row, waiting, outcome, isTold, platform.now())
  const refused = await refusalFor(platform, row, variant.name, topic)
  return { topic, message, ...(refused !== undefined && { refused }) }
}

async function refusalFor(platform: Platform, row: EndpointRow, variant: string, topic: string) {
  try {
    const role = await roleOf(platform, row, variant)
    return (await publishRefusal(platform, role, topic))?.refused
  } catch (error) {
    if (!(error instanceof AsyncFailure)) throw error
    return error.message
  }
}

/** Publishes by the commit that settles a request. Tells why it cannot, for the log. */
export async function publishNotification(
  tx: Transaction,
  notification: AsyncNotification | undefined,
): Promise<string | undefined> {
  if (!notification) return undefined
  const { topic, message, refused } = notification
  const published = refused === undefined ? await publishText(tx, topic, { message }) : { refused }
  return 'refused' in published ? `The topic ${topic} was not told: ${published.refused}` : undefined
}

/** Its form: SageMaker Developer Guide, "Check prediction results", and messages in public test suites. */
function inferenceResult(
  row: EndpointRow,
  { invocation, created }: Waiting,
  outcome: AsyncAnswer | AsyncFailure,
  isTold: boolean,
  now: Date,
): string {
  const { accept, contentType, input, inferenceId, outputLocation } = invocation
  const isFailed = outcome instanceof AsyncFailure
  return JSON.stringify({
    awsRegion: row.region,
    eventTime: now.toISOString(),
    receivedTime: new Date(created).toISOString(),
    invocationStatus: isFailed ? 'Failed' : 'Completed',
    ...(isFailed && { failureReason: outcome.message }),
    requestParameters: {
      ...(accept !== undefined && { accept }),
      ...(contentType !== undefined && { contentType }),
      endpointName: row.name,
      ...('location' in input && { inputLocation: input.location }),
    },
    ...(!isFailed && { responseParameters: { contentType: outcome.contentType, outputLocation } }),
    ...(isTold && { responseBody: bodyOf(outcome.content) }),
    inferenceId,
    ...notificationEvent('InferenceResult'),
  })
}

const bodyOf = (content: Buffer | undefined) =>
  content && content.length <= mostToldBytes
    ? { content: content.toString('base64'), encoding: 'BASE64' }
    : { message: `There is no response of at most ${mostToldBytes} bytes.` }
