import { clock } from '../ground/clock.ts'
import type { Store } from '../store/store.ts'
import { secretHash } from './secret-hash.ts'

/** So many at once, then one in so many seconds. */
export interface AttemptRate {
  readonly burst: number
  readonly seconds: number
}

export interface AttemptHolder extends AttemptRate {
  /** Whose attempts are counted together. What a stranger typed may be in it: only its hash is kept. */
  readonly name: string
}

/**
 * Counts an attempt for all of these, or for none when one of them has none left: false then. In rows, so that servers on one database count
 * together, and no restart begins anew.
 */
export async function takeAttempt(store: Store, holders: readonly AttemptHolder[]): Promise<boolean> {
  const now = clock.now()
  const counted = holders.map(({ name, burst, seconds }) => {
    const each = seconds * 1000
    return { holder: secretHash(name), each, most: now + burst * each }
  })
  return store.transaction(async ({ db }) => {
    await db.deleteFrom('sign_in_attempt').where('rested', '<=', now).execute()
    const names = counted.map(({ holder }) => holder)
    const rows = await db.selectFrom('sign_in_attempt').selectAll().where('holder', 'in', names).execute()
    const known = new Map(rows.map(({ holder, rested }) => [holder, Number(rested)]))
    const next = counted.map(({ holder, each, most }) => {
      const rested = known.get(holder) ?? now
      // A clock that was set back keeps nobody out.
      return { holder, most, rested: (rested > most ? now : rested) + each }
    })
    if (next.some(({ rested, most }) => rested > most)) return false
    for (const { holder, rested } of next) {
      const row = db.insertInto('sign_in_attempt').values({ holder, rested })
      await row.onConflict(conflict => conflict.column('holder').doUpdateSet({ rested })).execute()
    }
    return true
  })
}
