import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { turns } from '../ground/turns.ts'
import type { Store, Wish } from '../store/store.ts'
import {
  claim,
  complete,
  freeServer,
  generationsOf,
  type Lease,
  nameOf,
  nextDue,
  postpone,
  type Room,
  setBack,
} from './queue.ts'
import type { Reconciler, Wishes } from './reconciler.ts'
import { longestDelayMs, retryDelayMs } from './retry-delay.ts'

export interface Worker {
  /** The store calls it with what every commit has enqueued, so that nothing polls. */
  wake(wishes: readonly Wish[]): void
  /** Looks for itself at what may have been wished elsewhere without its being told. */
  look(): Promise<void>
  /** Takes no more work and ends when what runs has seen its signal and returned, and others may go on with it. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  readonly store: Store
  readonly reconcilers: Readonly<Record<string, Reconciler>>
  readonly log: Logger
  /** How many keys are worked on at once. */
  readonly concurrency?: number
}

/** What is being worked on. */
interface Holding {
  readonly lease: Lease
  /** What it was told of. */
  generation: number
  readonly callbacks: Set<() => void>
  readonly ended: Promise<void>
}

const wishesFor = (callbacks: Set<() => void>, stepAside: () => void): Wishes => ({
  on(callback) {
    callbacks.add(callback)
    return { [Symbol.dispose]: () => void callbacks.delete(callback) }
  },
  stepAside,
})

const storeRetryMs = 1000
/** Clocks are adjusted by less all the time. */
const leastStepMs = 1000

/** Runs reconcilers for what is due: each key by one at a time, errors tried again after 0.5, 1, 2, 4 … 60 s. */
export function startWorker({ store, reconcilers, log, concurrency = 128 }: WorkerOptions): Worker {
  const abort = new AbortController()
  const held = new Map<string, Holding>()
  /** Of these, those that only wait. */
  const aside = new Set<string>()
  const isFull = () => held.size - aside.size >= concurrency
  let timer: Disposable | undefined
  let timerDue = Number.POSITIVE_INFINITY
  let claiming: Promise<void> | undefined
  let again = false
  /** Whether what was claimed may not be known here. */
  let isUnsure = false

  let origin = clock.now() - clock.elapsed()

  /** A clock that is set back takes with it when things are due. */
  async function followClock(): Promise<void> {
    const now = clock.now() - clock.elapsed()
    if (origin - now > leastStepMs) await setBack(store.db, clock.now(), Math.round(origin - now))
    origin = now
  }

  function schedule(due: number): void {
    if (abort.signal.aborted || due >= timerDue) return
    timer?.[Symbol.dispose]()
    timerDue = due
    timer = clock.after(Math.max(0, Math.min(due - clock.now(), longestDelayMs)), pump)
  }

  function pump(): void {
    timer?.[Symbol.dispose]()
    timerDue = Number.POSITIVE_INFINITY
    again = true
    claiming ??= claimDue().finally(() => {
      claiming = undefined
      if (again && !isFull() && !abort.signal.aborted) pump()
    })
  }

  async function claimDue(): Promise<void> {
    try {
      let looked = clock.now()
      while (again && !isFull() && !abort.signal.aborted) {
        again = false
        await followClock()
        looked = clock.now()
        const { leases, isMore } = await claimFrom(looked)
        // When none is left, what waits for its turn is looked for as soon as something ends.
        if (isMore) again = true
        for (const lease of leases) {
          await turns.take('work')
          start(lease)
        }
      }
      schedule(Math.min((await nextDue(store.db, looked)) ?? Number.POSITIVE_INFINITY, looked + longestDelayMs))
    } catch (error) {
      log.error({ error }, 'could not read the queue')
      schedule(clock.now() + storeRetryMs)
    }
  }

  async function claimFrom(now: number) {
    const known = [...held.values()].map(({ lease }) => lease.id)
    if (isUnsure) await freeServer(store.db, store.server, { but: known })
    isUnsure = true
    const claimed = await claim(store, now, room())
    isUnsure = false
    return claimed
  }

  function room(): Room {
    const active = [...held].filter(([name]) => !aside.has(name)).map(([, holding]) => holding)
    const owners = Map.groupBy(active, ({ lease }) => lease.owner)
    return {
      free: concurrency - active.length,
      held: new Map([...owners].map(([owner, holdings]) => [owner, holdings.length])),
    }
  }

  function start(lease: Lease): void {
    const holding = { lease, generation: lease.generation, callbacks: new Set<() => void>() }
    const name = nameOf(lease)
    let isOver = false
    const stepAside = () => {
      if (isOver || aside.has(name)) return
      aside.add(name)
      pump()
    }
    const ended = work(holding, stepAside).finally(() => {
      isOver = true
      held.delete(name)
      aside.delete(name)
      pump()
    })
    held.set(name, Object.assign(holding, { ended }))
  }

  async function work(
    { lease, callbacks }: Pick<Holding, 'lease' | 'callbacks'>,
    stepAside: () => void,
  ): Promise<void> {
    const { signal } = abort
    try {
      const reconcile = reconcilers[lease.kind]
      if (!reconcile) throw new Error(`no reconciler for ${lease.kind}`)
      const leapt = leapsFromNow()
      const result = await reconcile(lease.key, signal, wishesFor(callbacks, stepAside))
      if (result) await postpone(store.db, lease, clock.now() + Math.max(0, result.after - leapt()))
      else await complete(store.db, lease)
    } catch (error) {
      if (signal.aborted) return
      const attempt = lease.attempts + 1
      log.warn({ err: error, kind: lease.kind, key: lease.key, attempt }, 'reconciling failed; trying again')
      await giveBack(lease, clock.now() + retryDelayMs(lease.attempts), String(error))
    }
  }

  /** While the store cannot write, the lease is this worker's to give back: nobody else would before it runs out. */
  async function giveBack(lease: Lease, due: number, error: string): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        return await postpone(store.db, lease, due, error)
      } catch {
        await clock.sleep(storeRetryMs, abort.signal).catch(() => {})
      }
    }
  }

  async function lookAtHeld(): Promise<void> {
    const generations = await generationsOf(
      store.db,
      [...held.values()].map(({ lease }) => lease),
    )
    for (const [name, generation] of generations) {
      const holding = held.get(name)
      if (!holding || holding.generation >= generation) continue
      holding.generation = generation
      for (const callback of holding.callbacks) callback()
    }
  }

  pump()
  return {
    async look() {
      if (abort.signal.aborted) return
      pump()
      await lookAtHeld().catch(error => log.error({ error }, 'could not look at what is worked on'))
    },
    wake(wishes) {
      for (const wish of wishes) for (const callback of held.get(nameOf(wish))?.callbacks ?? []) callback()
      const due = Math.min(...wishes.map(wish => wish.due))
      if (due <= clock.now()) pump()
      else schedule(due)
    },
    async stop() {
      abort.abort()
      timer?.[Symbol.dispose]()
      await claiming
      await Promise.allSettled([...held.values()].map(({ ended }) => ended))
      await freeServer(store.db, store.server).catch(error => log.error({ error }, 'could not give back leases'))
    },
  }
}

/** By how many whole milliseconds the clock has been set on since: who has read it before a leap counts to a time that is nearer by now. */
function leapsFromNow(): () => number {
  const shift = () => clock.now() - clock.elapsed()
  const before = shift()
  return () => Math.max(0, Math.floor(shift() - before))
}
