/** Counts what goes on beyond the server's own code, so that time passes only when nothing does. */
export interface Activity {
  during<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing goes on and nobody has anything to do until time passes. Rejects when that never comes. */
  settle(): Promise<void>
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
/** A group of transactions waits a turn for others to join it, and hands on what it did in another. */
const quietTurns = 3
/** A thousand times what any step takes. */
const mostTurns = 100_000

export function createActivity(): Activity {
  let going = 0
  let changes = 0
  return {
    async during(work) {
      going++
      changes++
      try {
        return await work()
      } finally {
        going--
        changes++
      }
    },
    async settle() {
      const begun = changes
      let turns = 0
      for (let quiet = 0; quiet < (changes === begun ? 1 : quietTurns); ) {
        const before = changes
        await turn()
        // What is waited for beyond the simulation takes this machine's own time.
        if (going === 0 && ++turns > mostTurns) throw new Error('the server goes round and round while no time passes')
        quiet = going === 0 && before === changes ? quiet + 1 : 0
      }
    },
  }
}
