import { createBoundedCache } from '../ground/bounded-cache.ts'

/** A place to deliver from; it is given back when it is left. */
export interface Place extends Disposable {
  /** Its holder only waits for an answer: another may have its place. False when too many do so already. */
  stepAside(): boolean
}

export interface DeliveryLanes {
  /** A place for a receiver; undefined when there is none now. */
  enter(receiver: string): Place | undefined
  /** How it went, so that whoever fails waits for others that do, and for nobody else. */
  note(receiver: string, isWell: boolean): void
}

export interface LaneSizes {
  /** Receivers at once, without those that stepped aside: other work finds places beside. */
  readonly all: number
  /** Receivers whose last round failed, at once. */
  readonly failing: number
  /** Receivers that have not answered for a while, at once: each has some connections open. */
  readonly aside: number
}

const usual: LaneSizes = { all: 64, failing: 16, aside: 128 }

/**
 * Who may be delivered to at once. A receiver that is dead holds its place for seconds and gets nothing: it steps aside for those that answer,
 * and those that failed last time share a few places, so that however many they are, the others find theirs.
 */
export function createDeliveryLanes({ all, failing, aside }: LaneSizes = usual): DeliveryLanes {
  // Who failed is known until it is well again, or until what is known of others takes its room.
  const failed = createBoundedCache<string, true>(receiver => 2 * receiver.length)
  const count = { all: 0, failing: 0, aside: 0 }
  return {
    enter(receiver) {
      const isFailing = failed.get(receiver) ?? false
      if (count.all >= all || (isFailing && count.failing >= failing)) return undefined
      count.all++
      if (isFailing) count.failing++
      let isAside = false
      return {
        stepAside() {
          if (isAside || count.aside >= aside) return isAside
          isAside = true
          count.aside++
          count.all--
          return true
        },
        [Symbol.dispose]() {
          count[isAside ? 'aside' : 'all']--
          if (isFailing) count.failing--
        },
      }
    },
    note(receiver, isWell) {
      if (isWell) failed.delete(receiver)
      else failed.set(receiver, true)
    },
  }
}
