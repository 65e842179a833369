import { clock } from '../ground/clock.ts'
import type { Store } from '../store/store.ts'
import type { Spent } from './rate-limit.ts'

export interface SharedRates {
  /** Of requests that this server has let through. */
  tell(spent: Spent): void
  close(): Promise<void>
}

/** What is let through is gathered so long. Until others have heard of it they may let through as much. */
const gatherMs = 100
/** So many holders are told of at once; the others wait, of which there are so many at the most. Above it each server counts for itself. */
const mostAtOnce = 1000
const mostWaiting = 10_000

type Told = readonly [limit: string, holder: string, count: number]

/**
 * Has the servers of one database count as one: each tells the others what it has let through, and none asks before it lets through. `spend`
 * hears of what others have. What the database does not take counts here alone. Undefined where there are no others.
 */
export function shareRates(store: Pick<Store, 'talk'>, spend: (spent: Spent) => void): SharedRates | undefined {
  const waiting = new Map<string, Spent>()
  let timer: Disposable | undefined
  const talk = store.talk('rates', said => {
    for (const told of said) if (isTold(told)) spend({ limit: told[0], holder: told[1], count: told[2] })
  })
  if (!talk) return undefined

  function wait(): void {
    timer ??= clock.after(gatherMs, () => {
      timer = undefined
      const some = [...waiting].slice(0, mostAtOnce)
      for (const [key] of some) waiting.delete(key)
      talk?.say(some.map(([, { limit, holder, count }]): Told => [limit, holder, count])).catch(() => {})
      if (waiting.size > 0) wait()
    })
  }

  return {
    tell(spent) {
      const key = `${spent.limit}\0${spent.holder}`
      const known = waiting.get(key)
      if (!known && waiting.size >= mostWaiting) return
      waiting.set(key, { ...spent, count: spent.count + (known?.count ?? 0) })
      wait()
    },
    async close() {
      timer?.[Symbol.dispose]()
      await talk.close()
    },
  }
}

const isTold = (told: unknown): told is Told =>
  Array.isArray(told) &&
  typeof told[0] === 'string' &&
  typeof told[1] === 'string' &&
  Number.isFinite(told[2]) &&
  told[2] > 0
