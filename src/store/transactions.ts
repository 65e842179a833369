import { clock } from '../ground/clock.ts'
import { claimNote } from './commit-note.ts'
import type { GroupCommit } from './group-commit.ts'
import { createPending } from './pending.ts'
import type { Store, Transaction, Wish } from './store.ts'
import { placeOf } from './transaction-scope.ts'
import { enqueue } from './work.ts'

/** The part of a store that is the same whatever database commits. `durable` resolves when all that was committed is on the disk. */
export function createTransactions(
  commit: GroupCommit,
  onEnqueue: (wishes: readonly Wish[]) => void,
  durable: () => Promise<void>,
): Pick<Store, 'transaction' | 'stuck' | 'close'> {
  const pending = createPending()
  let closed = false
  return {
    stuck: () => pending.stuck(),
    async transaction(work) {
      if (closed) throw new Error('The store is closed')
      // The stack is made into text only when it is told.
      const asked = new Error()
      const owner = () => placeOf(asked.stack)
      using _ = pending.begin(owner)
      const note = claimNote()
      const noted = note?.resources.length ?? 0
      let wishes: Wish[] = []
      const run = commit.run(owner, async db => {
        // A work that is run again, for the database's sake, wishes again and tells again what it makes.
        wishes = []
        note?.resources.splice(noted)
        const tx: Transaction = {
          db,
          async enqueue(kind, key, at) {
            const due = at?.getTime() ?? clock.now()
            wishes.push({ kind, key, due })
            await enqueue(db, kind, key, due)
          },
        }
        const result = await work(tx)
        await note?.write(tx)
        return result
      })
      const result = await run.catch(error => {
        if (note) note.state = 'open'
        throw error
      })
      if (note) note.state = 'written'
      // One that wrote nothing may have seen what is not on the disk yet.
      await durable()
      if (wishes.length > 0) onEnqueue(wishes)
      return result
    },
    async close() {
      closed = true
      await commit.idle()
    },
  }
}
