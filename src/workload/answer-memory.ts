import type { MemoryBudget, MemoryClaim } from '../ground/memory-budget.ts'

/** The memory of the answers about one object, until they are written. */
export interface AnswerMemory {
  /**
   * For one try to get the answer to the payload of this number, counted from 0. The next that is written has a share of its own, since
   * all the others wait for it.
   */
  claim(number: number): MemoryClaim
  /** The next answer in order is written. */
  written(): void
  /** Whether so much is held that no more should be asked for than the next that is written. */
  isFull(): boolean
  /** Gives everything back, also what is claimed from now on. */
  close(): void
}

let objects = 0

export function createAnswerMemory(budget: MemoryBudget, account: string): AnswerMemory {
  const claims = new Map<number, MemoryClaim>()
  const first = `first answer ${objects++}`
  let next = 0
  let held = 0
  let isClosed = false

  const counted = (claim: MemoryClaim): MemoryClaim => {
    let mine = 0
    return {
      grow(bytes) {
        if (isClosed) return
        claim.grow(bytes)
        mine += bytes
        held += bytes
      },
      release() {
        claim.release()
        held -= mine
        mine = 0
      },
    }
  }

  return {
    claim(number) {
      claims.get(number)?.release()
      const claim = counted(budget.claim(number === next ? first : `answers ${account}`))
      claims.set(number, claim)
      return claim
    },
    written() {
      claims.get(next)?.release()
      claims.delete(next)
      next++
    },
    isFull: () => held > budget.share / 2,
    close() {
      isClosed = true
      for (const claim of claims.values()) claim.release()
      claims.clear()
    },
  }
}
