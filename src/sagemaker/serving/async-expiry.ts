import { clock } from '../../ground/clock.ts'
import { asyncBacklog, type Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import { outcomeOf } from './async-answer.ts'
import { AsyncFailure } from './async-failure.ts'
import { settleAsync } from './async-settlement.ts'
import type { EndpointRow } from './endpoint.ts'

/** Each may hold its input. */
const mostAtOnce = 50
/** Requests that end one shortly after another are ended together. */
const shortestWaitMs = 1000

/** What is told of a request that nobody had time for. */
export const expired = () =>
  new AsyncFailure('ExpiredRequests', 'The request was not answered within its RequestTTLSeconds.')

/**
 * Ends what came after the given request and is too old to be answered, whether there is an instance or not. Resolves with after how many
 * milliseconds the next will be; undefined when nothing waits.
 */
export async function endExpired(
  platform: Platform,
  row: EndpointRow,
  after: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { store } = platform
  for (;;) {
    const old = await asyncBacklog.expired(store, row.arn, after, clock.now(), mostAtOnce)
    const ended = await Promise.allSettled(old.map(waiting => end(platform, row, waiting, signal)))
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    if (old.length < mostAtOnce) break
  }
  return untilExpiry(platform, row.arn, after)
}

/** After how many milliseconds the next of what came after the given request is too old; undefined when nothing waits. */
export async function untilExpiry({ store }: Pick<Platform, 'store'>, arn: string, after: number) {
  const next = await asyncBacklog.firstExpiry(store, arn, after)
  return next && Math.max(next - clock.now() + 1, shortestWaitMs)
}

/** No instance has had it: it is told as of the first variant. */
async function end(platform: Platform, row: EndpointRow, waiting: Waiting, signal: AbortSignal): Promise<void> {
  const { settled } = waiting.invocation
  const name = row.live?.variants[0]?.name ?? ''
  const place = { variant: { name }, instance: { logStream: `${name}/backlog` } }
  const outcome = settled ? outcomeOf(settled) : expired()
  await settleAsync(platform, { row, waiting, place, began: clock.now(), signal }, outcome)
}
