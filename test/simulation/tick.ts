import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'

const ruleArn = `arn:aws:events:${region}:${account}:rule/tick`
/** Where it writes. */
export const ticked = { account, region, group: 'ticks', stream: 'tick/log' }

/** A rule that its schedule wakes every five minutes, and the log that it writes. */
export async function startTicking(store: Store, now: number): Promise<void> {
  await store.transaction(async tx => {
    const rule = { name: 'tick', state: 'ENABLED', pattern: '', description: null, created: now }
    const times = { schedule: 'rate(5 minutes)', scheduled: now, rate_from: now }
    await tx.db
      .insertInto('event_rule')
      .values({ arn: ruleArn, account, region, ...rule, ...times })
      .execute()
    const arn = `arn:aws:logs:${region}:${account}:log-group:${ticked.group}`
    const target = { rule_arn: ruleArn, id: 'log', arn, account, region, options: '{}', retry_at: 0 }
    await tx.db.insertInto('event_target').values(target).execute()
    const kept = { created: now, retention_days: null, stored_bytes: 0 }
    await tx.db
      .insertInto('log_group')
      .values({ id: 'ticks', account, region, name: ticked.group, ...kept })
      .execute()
    await tx.enqueue('rule-schedule', ruleArn)
  })
}
