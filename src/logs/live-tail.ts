import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { StoredEvent } from './chunk.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import { thinned } from './thinned.ts'

/** What a session shows: events of these groups, of streams that `wants` names, that `matches` picks. */
export interface Tail {
  readonly account: string
  readonly groups: readonly Omit<LogStreamName, 'stream'>[]
  readonly wants: (stream: string) => boolean
  readonly matches: (messages: readonly string[]) => Promise<readonly boolean[]>
}

/** Updates of a session, one a second, until it is left, its time is over or the server stops. */
export type TailUpdates = AsyncIterable<{ readonly sessionUpdate: Sdk.LiveTailSessionUpdate }>

export interface LiveTails {
  /** The writer, which from then on also shows what it has written to who looks at it. */
  readonly writeChunks: ChunkWriter
  /** How many sessions of an account are open here. */
  open(account: string): number
  start(tail: Tail, signal: AbortSignal): TailUpdates
  /** Ends all sessions, which would otherwise hold a server that drains. */
  close(): void
}

/** CloudWatch Logs, "Use Live Tail to view logs in near real time", and StartLiveTail in the API reference. */
const session = { every: 1000, lasts: 3 * 60 * 60 * 1000, events: 500, waiting: 10 }

/** Characters of messages: of one update, of those that wait for a client, and of what waits to be matched. A client that never reads holds no more. */
const heaviest = { update: 2 ** 20, waiting: 2 ** 21, unmatched: 2 ** 21 }

/** So many events may wait to be matched by a pattern that is slow. */
const mostUnmatched = 5000

/**
 * Live Tail: what is durable is shown once a second to the sessions that look at its group, 500 events at the most, evenly chosen of more. A
 * client that is slow loses the oldest of ten updates. Sessions live in this process alone: they end with it.
 */
export function createLiveTails(write: ChunkWriter): LiveTails {
  const sessions = new Set<Session>()
  return {
    async writeChunks(append) {
      const taken = await write(append)
      for (const session of sessions) session.take(append.stream, append.events)
      return taken
    },
    open: account => [...sessions].filter(({ tail }) => tail.account === account).length,
    start(tail, signal) {
      const started = openSession(tail, () => sessions.delete(started))
      sessions.add(started)
      signal.addEventListener('abort', () => started.end(), { once: true })
      return started.updates()
    },
    close() {
      for (const session of sessions)
        session.end(new ServiceError('SessionStreamingException', 'The server is being stopped.'))
    },
  }
}

interface Session {
  readonly tail: Tail
  take(stream: LogStreamName, events: readonly StoredEvent[]): void
  end(reason?: ServiceError): void
  updates(): AsyncGenerator<{ sessionUpdate: Sdk.LiveTailSessionUpdate }>
}

function openSession(tail: Tail, left: () => void): Session {
  const queue: { readonly update: Sdk.LiveTailSessionUpdate; readonly weight: number }[] = []
  const newShown = () => thinned(session.events, { most: heaviest.update, of: weightOf })
  let shown = newShown()
  let [wake, ended, dropped] = [() => {}, false, false]
  const unmatched = { events: 0, weight: 0 }
  let reason: ServiceError | undefined
  let matching = Promise.resolve()

  const end = (why?: ServiceError) => {
    if (ended) return
    ended = true
    reason = why
    ticking[Symbol.dispose]()
    lasting[Symbol.dispose]()
    left()
    wake()
  }
  const tick = () => {
    const { items, all } = shown.take()
    const update = { sessionMetadata: { sampled: items.length < all || dropped }, sessionResults: items }
    queue.push({ update, weight: sumOf(items) })
    while (queue.length > session.waiting || sum(queue.map(({ weight }) => weight)) > heaviest.waiting) queue.shift()
    shown = newShown()
    dropped = false
    wake()
  }
  const ticking = clock.every(session.every, tick)
  const lasting = clock.after(session.lasts, () =>
    end(new ServiceError('SessionTimeoutException', 'The session has been open for three hours.')),
  )
  const match = async (stream: LogStreamName, events: readonly StoredEvent[]) => {
    const found = await tail.matches(events.map(({ message }) => message))
    const logGroupIdentifier = `${stream.account}:${stream.group}`
    for (const [index, { time, message }] of events.entries())
      if (found[index])
        shown.add({
          ...{ logStreamName: stream.stream, logGroupIdentifier, message },
          ...{ timestamp: time, ingestionTime: clock.now() },
        })
  }

  return {
    tail,
    take(stream, events) {
      if (!looksAt(tail, stream) || events.length === 0) return
      const weight = sumOf(events)
      if (unmatched.events > mostUnmatched || unmatched.weight > heaviest.unmatched) dropped = true
      else {
        unmatched.events += events.length
        unmatched.weight += weight
        matching = matching
          .then(() => match(stream, events))
          .catch(error => end(error instanceof ServiceError ? streamingFault(error) : undefined))
          .finally(() => {
            unmatched.events -= events.length
            unmatched.weight -= weight
          })
      }
    },
    end,
    async *updates() {
      try {
        while (!ended || queue.length > 0) {
          const next = queue.shift()
          if (next) yield { sessionUpdate: next.update }
          else
            await new Promise<void>(resolve => {
              wake = resolve
            })
        }
        if (reason) throw reason
      } finally {
        end()
      }
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const weightOf = ({ message }: { readonly message?: string | undefined }): number => message?.length ?? 0
const sumOf = (events: readonly { readonly message?: string | undefined }[]): number => sum(events.map(weightOf))

const streamingFault = ({ message }: ServiceError) => new ServiceError('SessionStreamingException', message)

const looksAt = ({ groups, wants }: Tail, { account, region, group, stream }: LogStreamName): boolean =>
  groups.some(named => named.group === group && named.account === account && named.region === region) && wants(stream)

/** What a session is told first. */
export const sessionStart = (input: Omit<Sdk.StartLiveTailRequest, 'logGroupIdentifiers'>, groups: string[]) => ({
  sessionStart: {
    ...{ requestId: randomness.uuid(), sessionId: randomness.uuid(), logGroupIdentifiers: groups },
    ...{ logStreamNames: input.logStreamNames ?? [], logStreamNamePrefixes: input.logStreamNamePrefixes ?? [] },
    logEventFilterPattern: input.logEventFilterPattern ?? '',
  } satisfies Sdk.LiveTailSessionStart,
})
