import type { Store } from '../store/store.ts'
import type { ReadEvent } from './event-reader.ts'
import { endOfPrefix } from './prefix.ts'

/**
 * Gives the names of the streams of events by id, asked once for each; without those that are deleted or whose name does not begin with
 * `prefix`. `known` are names that need not be asked for.
 */
export function streamNames(store: Store, group: string, known?: ReadonlyMap<string, string>, prefix = '') {
  const names = new Map<string, string | undefined>(known)
  return async (events: readonly ReadEvent[]): Promise<ReadonlyMap<string, string | undefined>> => {
    for (const id of new Set(events.map(event => event.stream))) {
      if (names.has(id)) continue
      const row = await store.db
        .selectFrom('log_stream')
        .select('name')
        .where('id', '=', id)
        .where('group_id', '=', group)
        .where('name', '>=', prefix)
        .where('name', '<', endOfPrefix(prefix))
        .executeTakeFirst()
      names.set(id, row?.name)
    }
    return names
  }
}
