import { clock } from '../ground/clock.ts'

const patienceMs = 5000

/** The transactions that have not ended yet, oldest first. */
export function createPending(now: () => number = () => clock.elapsed()) {
  const begun = new Set<{ readonly owner: () => string; readonly since: number }>()
  return {
    begin(owner: () => string): Disposable {
      const one = { owner, since: now() }
      begun.add(one)
      return { [Symbol.dispose]: () => void begun.delete(one) }
    },
    /** Says whose transaction has waited for seconds, for the disk or another process; undefined when none has. */
    stuck(): string | undefined {
      const [oldest] = begun
      const waited = oldest ? now() - oldest.since : 0
      if (!oldest || waited < patienceMs) return undefined
      return `the transaction of ${oldest.owner()} has waited ${Math.round(waited / 1000)} s, and ${begun.size - 1} others with it`
    },
  }
}
