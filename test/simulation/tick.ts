import { createLogs } from '../../src/logs/log-sink.ts'
import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'
import type { World } from './world.ts'

const ruleArn = `arn:aws:events:${region}:${account}:rule/tick`
const ticked = { account, region, group: 'ticks', stream: 'tick/log' }

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

/** Each time of a schedule is told once; what fell due while no server lived is one of them. */
export async function checkTicks({ store, clock, options, violations }: World): Promise<void> {
  if (options.watched === 0) return
  const logs = createLogs({ store, now: () => new Date(clock.now()) })
  const times = (await logs.tail(ticked, 10_000)).map(({ message }) => JSON.parse(message).time as string)
  if (new Set(times).size < times.length) violations.push(`a time of a schedule was told twice: ${times.join(', ')}`)
  if (times.length === 0 && clock.passed > 3_600_000) violations.push('a schedule has told nothing for an hour')
}
