import type { Kysely } from 'kysely'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Database } from './database.ts'
import { prepared } from './prepared.ts'
import type { Transaction } from './store.ts'

/** What has happened, as the parts of an event that its source knows. */
export interface Announcement {
  /** On whose bus, and where. */
  readonly account: string
  readonly region: string
  /** `aws.sagemaker`. */
  readonly source: string
  /** `SageMaker Model State Change`. */
  readonly detailType: string
  /** ARNs of what it happened to. */
  readonly resources: readonly string[]
  /** A JSON object, as text where numbers must stay as they are written; asked for only where somebody listens. */
  readonly detail: object | string | (() => Promise<object>)
  /** When it happened, milliseconds; now unless told. */
  readonly time?: number
}

interface BusName {
  readonly account: string
  readonly region: string
}

/**
 * Puts an event into the outbox by the commit that makes it true. Where no rule listens nothing is written. Returns the event's id.
 */
export async function announce(tx: Transaction, told: Announcement): Promise<string> {
  const id = randomness.uuid()
  const seq = await nextSeq(tx.db, told)
  if (seq === undefined) return id
  const { account, region } = told
  const body = eventText(told, id, await detailText(told))
  await insertEvent(tx.db, account, region, seq, clock.now(), body)
  await tx.enqueue('event-bus', `${account}/${region}`)
  return id
}

const insertEvent = prepared((db, account: string, region: string, seq: number, announced: number, body: string) =>
  db.insertInto('event').values({ account, region, seq, announced, body }),
)

/** The next number of a bus; undefined where nobody listens. */
async function nextSeq(db: Kysely<Database>, { account, region }: BusName): Promise<number | undefined> {
  const [row] = await raiseSeq(db, account, region)
  return row && Number(row.last_seq)
}

const raiseSeq = prepared((db, account: string, region: string) =>
  db
    .updateTable('event_bus')
    .set(eb => ({ last_seq: eb('last_seq', '+', 1) }))
    .where('account', '=', account)
    .where('region', '=', region)
    .where('listening', '>', 0)
    .returning('last_seq'),
)

async function detailText({ detail }: Announcement): Promise<string> {
  if (typeof detail === 'string') return detail
  return JSON.stringify(typeof detail === 'function' ? await detail() : detail)
}

/** The event as its receivers see it (EventBridge User Guide, "Events in Amazon EventBridge"). */
export function eventText(told: Omit<Announcement, 'detail'>, id: string, detail: string): string {
  const { account, region, source, detailType, resources, time = clock.now() } = told
  const at = new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
  const envelope = { version: '0', id, 'detail-type': detailType, source, account, time: at, region, resources }
  return `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`
}
