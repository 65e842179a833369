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
  const queue: Sdk.LiveTailSessionUpdate[] = []
  let shown = thinned<Sdk.LiveTailSessionLogEvent>(session.events)
  let [wake, ended, unmatched, dropped] = [() => {}, false, 0, false]
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
    queue.push({ sessionMetadata: { sampled: items.length < all || dropped }, sessionResults: items })
    if (queue.length > session.waiting) queue.shift()
    shown = thinned(session.events)
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
      if (unmatched > mostUnmatched) dropped = true
      else {
        unmatched += events.length
        matching = matching
          .then(() => match(stream, events))
          .catch(error => end(error instanceof ServiceError ? streamingFault(error) : undefined))
          .finally(() => {
            unmatched -= events.length
          })
      }
    },
    end,
    async *updates() {
      try {
        while (!ended || queue.length > 0) {
          const next = queue.shift()
          if (next) yield { sessionUpdate: next }
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
