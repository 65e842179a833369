import { getHeapStatistics } from 'node:v8'
import { ServiceError } from '../ground/errors.ts'
import { createMemoryBudget, type MemoryBudget, type MemoryClaim } from '../ground/memory-budget.ts'

/** Room for what one job knows of its inputs. */
export interface ListRoom {
  /**
   * Takes so many bytes more, for one more piece of `source`. Throws a ServiceError of code `ClientError` that names the limit when the
   * job's list can never have room, and BodyRefused when others hold it now; then all of this one is given back.
   */
  grow(bytes: number, source: string): void
}

/** A list with its room, until it is disposed of. */
export interface HeldList<List> extends Disposable {
  readonly list: List
}

export interface ListMemory extends Pick<MemoryBudget, 'total' | 'share' | 'used' | 'refusals'> {
  /**
   * Makes a list; while others hold its room, waits and makes it from its beginning. All that a job holds at once is one list: who waits
   * holding another could wait for ever. Throws what `make` throws, and the signal's reason.
   */
  hold<List>(account: string, make: (room: ListRoom) => Promise<List>, signal?: AbortSignal): Promise<HeldList<List>>
}

/** Memory for lists, of which one account has half. Who waits is next in its account, so that short lists never keep out a long one. */
export function createListMemory(total: number): ListMemory {
  const budget = createMemoryBudget(total, Math.floor(total / 2))
  const lines = new Map<string, Promise<void>>()
  let ended = Promise.withResolvers<void>()

  function release(claim: MemoryClaim): void {
    claim.release()
    ended.resolve()
    ended = Promise.withResolvers()
  }

  /** Undefined when others hold its room. */
  async function attempt<List>(account: string, make: (room: ListRoom) => Promise<List>) {
    const claim = budget.claim(account)
    const { room, wasRefused } = roomOf(claim, budget.share)
    try {
      return { list: await make(room), [Symbol.dispose]: () => release(claim) }
    } catch (error) {
      if (wasRefused()) return undefined
      release(claim)
      throw error
    }
  }

  /** Tries when `when` has come, and after that whenever somebody has ended. */
  async function untilItFits<List>(
    account: string,
    make: (room: ListRoom) => Promise<List>,
    when: Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<HeldList<List>> {
    await unless(signal, when)
    const next = ended.promise
    return (await attempt(account, make)) ?? untilItFits(account, make, next, signal)
  }

  /** One after another in an account. */
  async function inLine<Value>(account: string, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const before = lines.get(account)
    const { promise, resolve } = Promise.withResolvers<void>()
    const mine = Promise.all([before, promise]).then(() => {})
    lines.set(account, mine)
    try {
      await unless(signal, before)
      return await work()
    } finally {
      resolve()
      if (lines.get(account) === mine) lines.delete(account)
    }
  }

  return {
    ...{ total, share: budget.share, used: budget.used, refusals: budget.refusals },
    async hold(account, make, signal) {
      if (lines.has(account)) return inLine(account, () => untilItFits(account, make, undefined, signal), signal)
      const next = ended.promise
      const held = await attempt(account, make)
      return held ?? inLine(account, () => untilItFits(account, make, next, signal), signal)
    },
  }
}

/** Who is refused gives back at once: two that are refused by each other would both wait. */
function roomOf(claim: MemoryClaim, most: number) {
  let held = 0
  let pieces = 0
  let refused = false
  const grow = (bytes: number, source: string): void => {
    held += bytes
    pieces++
    if (held > most)
      throw new ServiceError(
        'ClientError',
        `There is more under ${source} than can be known at once: what is known of all inputs of a job takes ${most} bytes of memory at most, and ${pieces - 1} of them fill it. Put more in each object, or divide them among jobs.`,
      )
    try {
      claim.grow(bytes)
    } catch (error) {
      refused = true
      claim.release()
      throw error
    }
  }
  return { room: { grow }, wasRefused: () => refused }
}

/** Throws the signal's reason when it comes first. */
async function unless(signal: AbortSignal | undefined, awaited: Promise<void> | undefined): Promise<void> {
  signal?.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<void>()
  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    await Promise.race([awaited, promise])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

const heapBytes = getHeapStatistics().heap_size_limit

/** What jobs know of their inputs: of one account 1.3 million objects where Node has its usual 4 GiB. */
export const listMemory = createListMemory(Math.floor(heapBytes / 4))

/** What models in files consist of. Set apart, since it is looked at while a transform holds its list; nobody waits holding it. */
export const modelListMemory = createListMemory(Math.floor(heapBytes / 16))
