import type { MemoryBudget, MemoryClaim } from '../ground/memory-budget.ts'
import { firstAnswersOf } from './first-answers.ts'

/** The memory of the answers about one object, until they are written. */
export interface AnswerMemory {
  /** For the answer to the payload of this number, counted from 0. */
  place(number: number): AnswerPlace
  /** The next answer in order is written. */
  written(): void
  /** Whether so much is held, or will be, that no more should be asked for than the next that is written. */
  isFull(): boolean
  /** Gives everything back, also what is claimed from now on. */
  close(): void
}

export interface AnswerPlace {
  /**
   * For one try to get the answer. The next that is written has a share of its own, since all the others wait for it; it waits while an
   * answer of the account that needs all of the account's memory has it.
   */
  claim(signal: AbortSignal): Promise<MemoryClaim>
  /** After a claim was refused: resolves when another try may have more than that one. False when it had all that there is for the account. */
  more(signal: AbortSignal): Promise<boolean>
}

let objects = 0

/**
 * Of the half that a budget leaves one account, what is not the share of a single answer: so the next that is written finds room, whatever is held of
 * those after it.
 */
const ofOthers = 4

export function createAnswerMemory(budget: MemoryBudget, account: string): AnswerMemory {
  const claims = new Map<number, MemoryClaim>()
  const order = new Map<number, () => void>()
  const mine = `first answer ${objects++}`
  const firsts = firstAnswersOf(account)
  const share = budget.share / ofOthers
  /** Of the next that is written, once it was asked for as that. */
  let first: { readonly isAlone: boolean; readonly leave: () => void } | undefined
  let next = 0
  let largest = 0
  let isClosed = false

  const counted = (claim: MemoryClaim): MemoryClaim => {
    let bytes = 0
    return {
      grow(more) {
        if (isClosed) return
        claim.grow(more)
        bytes += more
        largest = Math.max(largest, bytes)
      },
      release: () => claim.release(),
    }
  }

  async function enter(isAlone: boolean, signal: AbortSignal): Promise<void> {
    const leave = await firsts.enter(isAlone, signal)
    if (isClosed) leave()
    else first = { isAlone, leave }
  }

  function leaveFirst(): void {
    first?.leave()
    first = undefined
  }

  const place = (number: number): AnswerPlace => ({
    async claim(signal) {
      const isFirst = number === next
      if (isFirst && !first) await enter(false, signal)
      claims.get(number)?.release()
      const part = isFirst ? { of: account } : { of: account, share }
      const claim = counted(budget.claim(isFirst ? mine : `answers ${account}`, part))
      claims.set(number, claim)
      return claim
    },
    async more(signal) {
      if (number !== next) await inOrder(number, signal)
      else if (first?.isAlone) return false
      else if (first) {
        leaveFirst()
        await enter(true, signal)
      }
      return true
    },
  })

  async function inOrder(number: number, signal: AbortSignal): Promise<void> {
    if (isClosed) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    order.set(number, resolve)
    await promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  return {
    place,
    written() {
      claims.get(next)?.release()
      claims.delete(next)
      leaveFirst()
      next++
      order.get(next)?.()
      order.delete(next)
    },
    isFull: () => claims.size * largest > share,
    close() {
      isClosed = true
      for (const claim of claims.values()) claim.release()
      claims.clear()
      leaveFirst()
      for (const go of order.values()) go()
    },
  }
}
