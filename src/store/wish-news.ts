import { type Channel, inTexts, openChannel } from './channel.ts'
import type { Wish, WishListener, WishNews } from './store.ts'

/** More than that at once is not told one by one. */
const mostWishes = 500

interface News {
  readonly from: string
  /** Kind, key and when it is due; absent when there were too many. */
  readonly wishes?: readonly (readonly [kind: string, key: string, due: number])[]
}

/**
 * Told after the commit and not in it: notifications of transactions are put in order by a lock that all commits of a database would wait for.
 */
export function openWishNews(url: string, server: string, listener: WishListener): WishNews {
  let waiting: Wish[] = []
  /** More than is told one by one came while others were told, or while the database stood still. */
  let isMuch = false
  let telling = false

  function hear(payload: string): void {
    const news = newsIn(payload)
    if (news?.from === server) return
    if (news?.wishes) listener.heard(news.wishes.map(([kind, key, due]) => ({ kind, key, due })))
    else listener.missed()
  }

  async function tellAll(): Promise<void> {
    while (channel.isOpen() && (isMuch || waiting.length > 0)) {
      const texts = isMuch ? [JSON.stringify({ from: server } satisfies News)] : newsOf(server, waiting)
      forget()
      await channel.say(texts).catch(() => {})
    }
    forget()
    telling = false
  }

  function forget(): void {
    waiting = []
    isMuch = false
  }

  const channel: Channel = openChannel({ url, server, name: 'modelmart_wishes', hear, opened: listener.missed })
  return {
    tell(wishes) {
      if (waiting.length + wishes.length > mostWishes) isMuch = true
      else waiting = waiting.concat(wishes)
      if (telling) return
      telling = true
      void tellAll()
    },
    close: channel.close,
  }
}

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

const newsOf = (from: string, wishes: readonly Wish[]): string[] =>
  inTexts(
    wishes,
    some => JSON.stringify({ from, wishes: some.map(({ kind, key, due }) => [kind, key, due]) } satisfies News),
    JSON.stringify({ from } satisfies News),
  )
