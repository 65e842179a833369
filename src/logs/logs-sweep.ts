import type { Store, Transaction } from '../store/store.ts'
import { keptMilliseconds } from './query-row.ts'

/** One transaction removes so many chunks at most, so that nobody waits long for a big group to go. */
const chunksPerStep = 200

/**
 * Removes what nobody can see any more: events older than their group's retention, and all that deleted groups and streams held.
 * Returns how many chunks went. To be run every minute or so; it may be stopped at any point and run again.
 */
export async function sweepLogs(store: Store, now: Date): Promise<number> {
  let removed = 0
  for (const { id, retention_days } of await expiringGroups(store)) {
    const before = now.getTime() - (retention_days ?? 0) * 24 * 60 * 60 * 1000
    removed += await repeat(() => store.transaction(tx => removeExpired(tx, id, before)))
  }
  for (const { id } of await deletedStreams(store)) {
    removed += await repeat(() => store.transaction(tx => removeChunks(tx, id)))
    await store.db.deleteFrom('log_stream').where('id', '=', id).execute()
  }
  await store.db
    .deleteFrom('log_group')
    .where('account', '=', '')
    .where('id', 'not in', eb => eb.selectFrom('log_stream').select('group_id'))
    .execute()
  await store.db
    .deleteFrom('log_query')
    .where('created', '<', now.getTime() - keptMilliseconds)
    .execute()
  return removed
}

const expiringGroups = (store: Store) =>
  store.db
    .selectFrom('log_group')
    .select(['id', 'retention_days'])
    .where('retention_days', '>', 0)
    .where('account', '<>', '')
    .execute()

const deletedStreams = (store: Store) =>
  store.db
    .selectFrom('log_stream')
    .select('id')
    .where('group_id', 'in', eb => eb.selectFrom('log_group').select('id').where('account', '=', ''))
    .unionAll(store.db.selectFrom('log_stream').select('id').where('group_id', '=', ''))
    .execute()

async function repeat(step: () => Promise<number>): Promise<number> {
  let total = 0
  for (let count = chunksPerStep; count === chunksPerStep; total += count) count = await step()
  return total
}

async function removeExpired(tx: Transaction, group: string, before: number): Promise<number> {
  const rows = await tx.db
    .selectFrom('log_chunk')
    .select(['stream_id', 'first_ordinal', 'bytes', 'group_id'])
    .where('group_id', '=', group)
    .where('first_time', '<', before)
    .where('last_time', '<', before)
    .orderBy('first_time')
    .limit(chunksPerStep)
    .execute()
  await remove(tx, rows)
  for (const stream of new Set(rows.map(row => row.stream_id))) await refreshFirstEvent(tx, stream)
  return rows.length
}

async function removeChunks(tx: Transaction, stream: string): Promise<number> {
  const rows = await tx.db
    .selectFrom('log_chunk')
    .select(['stream_id', 'first_ordinal', 'bytes', 'group_id'])
    .where('stream_id', '=', stream)
    .limit(chunksPerStep)
    .execute()
  await remove(tx, rows)
  return rows.length
}

async function remove(
  tx: Transaction,
  rows: readonly { stream_id: string; first_ordinal: number; bytes: number; group_id: string }[],
): Promise<void> {
  for (const row of rows)
    await tx.db
      .deleteFrom('log_chunk')
      .where('stream_id', '=', row.stream_id)
      .where('first_ordinal', '=', row.first_ordinal)
      .execute()
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
  await tx.db
    .updateTable('log_group')
    .set(eb => ({ stored_bytes: eb('stored_bytes', '-', bytes) }))
    .where('id', '=', rows[0]?.group_id ?? '')
    .execute()
}

/** The stream's first event is the oldest that is left; its newest remains what it was. */
async function refreshFirstEvent(tx: Transaction, stream: string): Promise<void> {
  const first = await tx.db
    .selectFrom('log_chunk')
    .select('first_time')
    .where('stream_id', '=', stream)
    .orderBy('first_time')
    .limit(1)
    .executeTakeFirst()
  await tx.db
    .updateTable('log_stream')
    .set(eb => ({ first_event: first?.first_time ?? eb.ref('last_event') }))
    .where('id', '=', stream)
    .execute()
}
