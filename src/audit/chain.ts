import { createHmac } from 'node:crypto'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Transaction } from '../store/store.ts'
import type { AuditRecord } from './audit-event.ts'

/** What links are sealed with. */
export const auditKey = (rootSecret: RootSecret): Buffer =>
  createHmac('sha256', rootSecret).update('security log').digest()

/** What the first link follows. */
export const beginning = '0'.repeat(64)

export interface Link {
  readonly seq: number
  readonly text: string
  readonly previous: string
  readonly hash: string
}

/**
 * HMAC-SHA256 over the link before, the number and the text, so that who can write the database but does not have the root secret
 * can forge no link, and nobody can change, take out or exchange one without breaking those behind it.
 */
export const linkHash = (key: Buffer, { seq, text, previous }: Omit<Link, 'hash'>): string =>
  createHmac('sha256', key).update(`${previous}\n${seq}\n${text}`).digest('hex')

/** The newest link. */
export const newestLink = (db: Transaction['db']) =>
  db
    .selectFrom('audit_event')
    .select(['seq', 'hash'])
    .where('seq', '>', 0)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()

interface Place {
  readonly account: string
  readonly region: string
  readonly time: number
}

/** Writes an event as the next link, within the transaction of what it tells. */
export async function appendLink(db: Transaction['db'], key: Buffer, record: AuditRecord, place: Place): Promise<void> {
  const newest = await newestLink(db)
  const link = { seq: Number(newest?.seq ?? 0) + 1, text: record.text, previous: newest?.hash ?? beginning }
  const { account, region, time } = place
  await db
    .insertInto('audit_event')
    .values({ ...link, time, hash: linkHash(key, link) })
    .execute()
  const rows = record.attributes.map(([name, value]) => ({ account, region, key: name, value, time, seq: link.seq }))
  await db.insertInto('audit_attribute').values(rows).execute()
}
