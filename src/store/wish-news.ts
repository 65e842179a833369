import { Client } from 'pg'
import { clock } from '../ground/clock.ts'
import { connectionsOf } from './server-fence.ts'
import type { Wish, WishListener, WishNews } from './store.ts'

const channel = 'modelmart_wishes'
const reconnectMs = 1000
/** PostgreSQL takes less than 8,000 bytes for one notification (PostgreSQL 15, NOTIFY). */
const mostBytes = 7900
/** More than that at once is not told one by one. */
const mostWishes = 500

interface News {
  readonly from: string
  /** Kind, key and when it is due; absent when there were too many. */
  readonly wishes?: readonly (readonly [kind: string, key: string, due: number])[]
}

/**
 * By NOTIFY on one connection, which listens too and is made anew when it breaks. Told after the commit and not in it: notifications of
 * transactions are put in order by a lock that all commits of a database would wait for.
 */
export function openWishNews(url: string, server: string, listener: WishListener): WishNews {
  const closed = new AbortController()
  let client: Client | undefined
  let waiting: Wish[] = []
  /** More than is told one by one came while others were told, or while the database stood still. */
  let isMuch = false
  let telling = false

  async function listen(): Promise<void> {
    const next = new Client({ connectionString: url, application_name: connectionsOf(server), keepAlive: true })
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    next.on('error', () => end())
    next.on('end', () => end())
    next.on('notification', ({ payload }) => hear(payload))
    try {
      await next.connect()
      await next.query(`listen ${channel}`)
      client = next
      listener.missed()
      await Promise.race([ended, aborted(closed.signal)])
    } finally {
      client = undefined
      await next.end().catch(() => {})
    }
  }

  function hear(payload = ''): void {
    const news = newsIn(payload)
    if (news?.from === server) return
    if (news?.wishes) listener.heard(news.wishes.map(([kind, key, due]) => ({ kind, key, due })))
    else listener.missed()
  }

  async function goOn(): Promise<void> {
    while (!closed.signal.aborted) {
      await listen().catch(() => {})
      await clock.sleep(reconnectMs, closed.signal).catch(() => {})
    }
  }

  async function tellAll(): Promise<void> {
    while (client && (isMuch || waiting.length > 0)) {
      const texts = isMuch ? [JSON.stringify({ from: server } satisfies News)] : newsOf(server, waiting)
      forget()
      await client.query('select pg_notify($1, text) from unnest($2::text[]) as text', [channel, texts]).catch(() => {})
    }
    forget()
    telling = false
  }

  function forget(): void {
    waiting = []
    isMuch = false
  }

  const going = goOn()
  return {
    tell(wishes) {
      if (waiting.length + wishes.length > mostWishes) isMuch = true
      else waiting = waiting.concat(wishes)
      if (telling) return
      telling = true
      void tellAll()
    },
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

/** Undefined for what is no news: anybody with a connection to the database may notify. */
function newsIn(payload: string): News | undefined {
  try {
    const news = JSON.parse(payload)
    const isWish = (wish: unknown) =>
      Array.isArray(wish) && typeof wish[0] === 'string' && typeof wish[1] === 'string' && Number.isFinite(wish[2])
    if (typeof news?.from !== 'string') return undefined
    return news.wishes === undefined || (Array.isArray(news.wishes) && news.wishes.every(isWish)) ? news : undefined
  } catch {
    return undefined
  }
}

/** As few notifications as hold them. */
function newsOf(from: string, wishes: readonly Wish[]): string[] {
  const text = (some: readonly Wish[]): string =>
    JSON.stringify({ from, wishes: some.map(({ kind, key, due }) => [kind, key, due]) } satisfies News)
  const split = (some: readonly Wish[]): string[] => {
    const whole = text(some)
    if (Buffer.byteLength(whole) <= mostBytes) return [whole]
    if (some.length === 1) return [JSON.stringify({ from } satisfies News)]
    const middle = Math.ceil(some.length / 2)
    return [...split(some.slice(0, middle)), ...split(some.slice(middle))]
  }
  return split(wishes)
}
