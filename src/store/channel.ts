import { Client } from 'pg'
import { clock } from '../ground/clock.ts'
import { connectionsOf } from './server-fence.ts'

const reconnectMs = 1000
/** PostgreSQL takes less than 8,000 bytes for one notification (PostgreSQL 15, NOTIFY). */
const mostBytes = 7900

/** What servers on one database say to each other under one name. What nobody hears at the moment is lost. */
export interface Channel {
  isOpen(): boolean
  /** Rejects when the database does not take it. */
  say(texts: readonly string[]): Promise<unknown>
  close(): Promise<void>
}

export interface ChannelParts {
  readonly url: string
  readonly server: string
  readonly name: string
  /** Also of what was said here. */
  hear(text: string): void
  /** It is open, for the first time or again: what was said meanwhile was not heard. */
  opened(): void
}

/** By NOTIFY on one connection, which listens too and is made anew when it breaks. */
export function openChannel({ url, server, name, hear, opened }: ChannelParts): Channel {
  const closed = new AbortController()
  let client: Client | undefined

  async function listen(): Promise<void> {
    const next = new Client({ connectionString: url, application_name: connectionsOf(server), keepAlive: true })
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    next.on('error', () => end())
    next.on('end', () => end())
    next.on('notification', ({ payload = '' }) => hear(payload))
    try {
      await next.connect()
      await next.query(`listen ${name}`)
      client = next
      opened()
      await Promise.race([ended, aborted(closed.signal)])
    } finally {
      client = undefined
      await next.end().catch(() => {})
    }
  }

  async function goOn(): Promise<void> {
    while (!closed.signal.aborted) {
      await listen().catch(() => {})
      await clock.sleep(reconnectMs, closed.signal).catch(() => {})
    }
  }

  const going = goOn()
  return {
    isOpen: () => client !== undefined,
    say: async texts => client?.query('select pg_notify($1, text) from unnest($2::text[]) as text', [name, [...texts]]),
    async close() {
      closed.abort()
      await going
    },
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** As few texts as hold them, each short enough for a notification; `tooLong` in the place of one that is too long alone. */
export function inTexts<Item>(
  items: readonly Item[],
  textOf: (some: readonly Item[]) => string,
  tooLong?: string,
): string[] {
  const whole = textOf(items)
  if (Buffer.byteLength(whole) <= mostBytes) return [whole]
  if (items.length === 1) return tooLong === undefined ? [] : [tooLong]
  const middle = Math.ceil(items.length / 2)
  return [...inTexts(items.slice(0, middle), textOf, tooLong), ...inTexts(items.slice(middle), textOf, tooLong)]
}
