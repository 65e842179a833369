import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'

const group = 'events'
const rule_arn = `arn:aws:events:${region}:${account}:rule/all`

/** Where everything that is announced is written. */
export const allHeard = { account, region, group, stream: 'all/log' }

/** A rule that has whatever SageMaker announces written into a log group. */
export async function listenToAll({ db }: Store, now: number): Promise<void> {
  await db.insertInto('event_bus').values({ account, region, listening: 1, last_seq: 0 }).execute()
  const pattern = JSON.stringify({ source: ['aws.sagemaker'] })
  const rule = { name: 'all', state: 'ENABLED', pattern, description: null, created: now }
  await db
    .insertInto('event_rule')
    .values({ arn: rule_arn, account, region, ...rule })
    .execute()
  const arn = `arn:aws:logs:${region}:${account}:log-group:${group}`
  const target = { rule_arn, id: 'log', arn, account, region, options: '{}', retry_at: 0 }
  await db.insertInto('event_target').values(target).execute()
  const kept = { created: now, retention_days: null, stored_bytes: 0 }
  await db
    .insertInto('log_group')
    .values({ id: 'events', account, region, name: group, ...kept })
    .execute()
}
