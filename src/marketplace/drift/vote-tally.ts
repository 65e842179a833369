import { fewest } from '../billing/funnel.ts'
import { commonLevel, type DriftLevel, higher } from './drift-level.ts'

/** By column. */
export type Votes = Readonly<Record<string, DriftLevel>>

/** What accounts have voted, summed one account after the other: what stands in memory does not grow with them. */
export interface VoteTally {
  /** An account's votes come one after the other; of several of a column the highest is its one. */
  add(account: string, votes: Votes): void
  /** Nothing of fewer than five accounts, and of more how many fives there are, and the level that half of them have. */
  told(): { readonly accounts: number; readonly levels: Votes }
}

export function createTally(): VoteTally {
  const buyers = new Map<string, Record<DriftLevel, number>>()
  let accounts = 0
  let current: string | undefined
  let mine: Record<string, DriftLevel> = {}
  const close = () => {
    for (const [name, level] of Object.entries(mine)) {
      const column = buyers.get(name) ?? { NONE: 0, MODERATE: 0, LARGE: 0 }
      column[level]++
      buyers.set(name, column)
    }
    mine = {}
  }
  return {
    add(account, votes) {
      if (account !== current) {
        close()
        accounts++
      }
      current = account
      for (const [name, vote] of Object.entries(votes)) mine[name] = higher(mine[name] ?? vote, vote)
    },
    told() {
      close()
      if (accounts < fewest) return { accounts: 0, levels: {} }
      const levels = [...buyers].map(([name, column]) => [name, commonLevel(column)] as const)
      return { accounts: accounts - (accounts % fewest), levels: Object.fromEntries(levels) }
    },
  }
}
