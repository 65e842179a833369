import { clock } from '../ground/clock.ts'
import {
  type LifeAmongOthers,
  liveAmongOthers,
  type ServerFacts,
  takeWork,
  whoWorks,
} from '../reconcile/server-life.ts'
import type { Store } from '../store/store.ts'
import { unlikePlaces } from './peer-options.ts'

/** The servers of one database: all answer, one of them works. */
export interface Peers {
  /** Resolves when this server is the one that works. */
  readonly turn: Promise<void>
  isWorking(): boolean
  /** Where the one that works is, `http://HOST:PORT`; undefined while nobody does. */
  working(): Promise<string | undefined>
  /** The next one may work. */
  leave(): Promise<void>
}

/** Who is alone works; nobody else is there. */
export const noPeers = (leave: () => Promise<void>): Peers => ({
  ...{ turn: Promise.resolve(), isWorking: () => true, working: async () => undefined, leave },
})

/** Whoever had the work may be dead, and the database is about to give it on. */
const graceMs = 5000
const lookMs = 200

/**
 * One more of them. Resolves when it works, or agrees with the one that does; throws an Error in words when it does not, or a server is
 * there that is to be alone.
 */
export async function joinPeers(
  store: Store,
  facts: ServerFacts,
  telling: Pick<LifeAmongOthers, 'lost' | 'onFreed' | 'onError'>,
): Promise<Peers> {
  const { holdInTurn } = store
  if (!holdInTurn)
    throw new Error('--peer-url is for several servers on one database: it needs PostgreSQL, by --database.')
  const life = await liveAmongOthers(store, { ...telling, facts })
  store.fence(telling.lost)
  const left = new AbortController()
  let release: (() => Promise<void>) | undefined
  let isWorking = false

  async function take(): Promise<void> {
    release = await holdInTurn?.(telling.lost, left.signal)
    await takeWork(store)
    isWorking = true
  }

  const turn = take()
  turn.catch(error => left.signal.aborted || telling.lost(error.message))

  async function leave(): Promise<void> {
    left.abort()
    await turn.catch(() => {})
    await life.end()
    await release?.()
  }

  try {
    await Promise.race([turn, requireAgreement(store, facts)])
  } catch (error) {
    await leave()
    throw error
  }
  return { turn, isWorking: () => isWorking, working: async () => (await whoWorks(store))?.address, leave }
}

async function requireAgreement(store: Store, facts: ServerFacts): Promise<void> {
  const end = clock.elapsed() + graceMs
  for (;;) {
    const problem = disagreement(await whoWorks(store), facts)
    if (problem === undefined) return
    if (clock.elapsed() > end) throw new Error(problem)
    await clock.sleep(lookMs)
  }
}

const alone =
  'Another server runs on this database by itself. Stop it first, or give it a --peer-url too, so that one of them works and all answer.'

/** Why a server cannot stand beside the one that works. */
export function disagreement(works: ServerFacts | undefined, mine: ServerFacts): string | undefined {
  if (!works) return alone
  if (works.url !== mine.url)
    return `The servers of this database are called ${works.url}, and this one ${mine.url}. Give all of them the same --public-url.`
  return unlikePlaces(works.place, mine.place)
}
