import { createHmac } from 'node:crypto'
import type { Store, Transaction } from '../store/store.ts'
import type { JsonLines } from './json-lines.ts'

/** As long as CloudTrail's event history (CloudTrail User Guide, "Working with CloudTrail event history"). */
const kept = 90 * 24 * 3600_000
const atOnce = 500
const setting = 'audit anchor'

/** The newest link that was taken off: what is left begins behind it. */
export interface Anchor {
  readonly seq: number
  readonly hash: string
}

const seal = (key: Buffer, { seq, hash }: Anchor): string =>
  createHmac('sha256', key).update(`anchor\n${seq}\n${hash}`).digest('hex')

/** Where the log begins; undefined for one of which nothing was taken off, and a word for an anchor that is not genuine. */
export async function anchorOf(db: Transaction['db'], key: Buffer): Promise<Anchor | 'forged' | undefined> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', setting).executeTakeFirst()
  if (!row) return undefined
  const { seal: sealed, ...anchor } = JSON.parse(row.value)
  return sealed === seal(key, anchor) ? anchor : 'forged'
}

/** Takes off the links that are older than 90 days, oldest first, but never the newest of all; and the files of those days. */
export async function sweepAudit(store: Store, key: Buffer, lines: JsonLines, now: Date): Promise<void> {
  const before = now.getTime() - kept
  await lines.write()
  while (await store.transaction(tx => takeOff(tx.db, key, before)));
  await lines.removeBefore(new Date(before).toISOString().slice(0, 10))
}

async function takeOff(db: Transaction['db'], key: Buffer, before: number): Promise<boolean> {
  const oldest = await db
    .selectFrom('audit_event')
    .select(['seq', 'time', 'hash'])
    .where('seq', '>', 0)
    .orderBy('seq')
    .limit(atOnce + 1)
    .execute()
  // In order, so that what is left is whole, whatever the clock did.
  const end = oldest.findIndex(({ time }) => Number(time) >= before)
  const old = oldest.slice(0, Math.min(end < 0 ? oldest.length : end, oldest.length - 1))
  const last = old.at(-1)
  if (!last) return false
  const anchor = { seq: Number(last.seq), hash: last.hash }
  const value = JSON.stringify({ ...anchor, seal: seal(key, anchor) })
  await db
    .insertInto('setting')
    .values({ name: setting, value })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
    .execute()
  await db.deleteFrom('audit_attribute').where('seq', '<=', last.seq).execute()
  await db.deleteFrom('audit_event').where('seq', '<=', last.seq).execute()
  return old.length === atOnce
}
