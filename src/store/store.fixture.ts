import { openSqliteStore } from './sqlite.ts'
import type { Store, Wish } from './store.ts'

/** A store that refuses statements whose plan is no search on an index (`statement-plan.ts`). */
export const openTestStore = (
  path = ':memory:',
  onEnqueue: (wishes: readonly Wish[]) => void = () => {},
): Promise<Store> => openSqliteStore(path, onEnqueue, undefined, true)
