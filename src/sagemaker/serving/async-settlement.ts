import { asyncBacklog, type Settled, type Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { type AsyncAnswer, roleOf } from './async-answer.ts'
import { AsyncFailure, isCallers } from './async-failure.ts'
import { notificationOf, publishNotification } from './async-notification.ts'
import { reportSettled } from './async-report.ts'
import type { Place } from './async-slots.ts'
import type { EndpointRow } from './endpoint.ts'

/** A request whose outcome is known. */
export interface Ended {
  readonly row: EndpointRow
  readonly waiting: Waiting
  readonly place: Place
  /** When an instance had it, in milliseconds. */
  readonly began: number
  readonly signal: AbortSignal
}

/** Takes a request out of the backlog: a failure is written to its place, topics are told by the same commit, then metrics and the log. */
export async function settleAsync(
  platform: Platform,
  ended: Ended,
  outcome: AsyncAnswer | AsyncFailure,
): Promise<void> {
  const { row, waiting, place, began, signal } = ended
  if (outcome instanceof AsyncFailure && !waiting.invocation.settled) await writeFailure(platform, ended, outcome)
  const notification = await notificationOf(platform, row, waiting, place, outcome)
  signal.throwIfAborted()
  const untold = await platform.store.transaction(async tx => {
    await asyncBacklog.remove(tx, waiting.sequence)
    return publishNotification(tx, notification)
  })
  await reportSettled(platform, row, waiting, place, began, outcome, untold)
}

/** The failure's own place, if there is one; that it cannot be written there is told in the log that tells the failure. */
async function writeFailure(platform: Platform, { row, waiting, place }: Ended, failure: AsyncFailure): Promise<void> {
  const { invocation } = waiting
  if (!invocation.failureLocation) return
  const { bucket, key } = parseS3Uri(invocation.failureLocation)
  const kmsKeyId = row.live?.async?.OutputConfig?.KmsKeyId
  try {
    const role = await roleOf(platform, row, place.variant.name)
    await platform.objects.put(role, bucket, key, Buffer.from(failure.message), {
      contentType: 'text/plain',
      kmsKeyId,
      within: tx => asyncBacklog.settle(tx, waiting, settledFailure(failure)),
    })
  } catch (error) {
    if (!(error instanceof AsyncFailure || isCallers(error))) throw error
    failure.message += ` ${invocation.failureLocation} could not be written: ${(error as Error).message}`
  }
}

const settledFailure = ({ metric, message: reason, status, content }: AsyncFailure): Settled => ({
  ...{ kind: 'failure', metric, reason, status },
  ...(content && { content: content.toString('base64') }),
})
