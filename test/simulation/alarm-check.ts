import { findAlarm } from '../../src/metrics/alarm/alarm.ts'
import { account, region } from './place.ts'
import { ends, treatmentOf } from './watch-story.ts'
import type { World } from './world.ts'

const arn = `arn:aws:cloudwatch:${region}:${account}:alarm:load`

/** The alarm while it is not what it must come to be when no data come any more. */
export async function unlooked(world: World): Promise<string[]> {
  const alarm = await findAlarm(world.store.db, arn)
  return alarm && alarm.state.value !== ends[treatmentOf(world)] ? [`alarm load ${alarm.state.value}`] : []
}

/** Each change of an alarm follows from the one before, is in its history, and was told once. */
export async function checkAlarm({ store, violations, heardMessages }: World): Promise<void> {
  const alarm = await findAlarm(store.db, arn)
  if (!alarm) return
  const history = await store.db
    .selectFrom('metric_alarm_history')
    .select(['type', 'data'])
    .where('alarm', '=', 'load')
    .orderBy('id')
    .execute()
  let state = 'INSUFFICIENT_DATA'
  const changes = history.filter(({ type }) => type === 'StateUpdate').map(({ data }) => JSON.parse(data))
  for (const { oldState, newState } of changes) {
    if (oldState.stateValue !== state)
      violations.push(`the alarm was ${state}, and changed from ${oldState.stateValue}`)
    state = newState.stateValue
  }
  if (state !== alarm.state.value) violations.push(`the alarm is ${alarm.state.value}, its history ends with ${state}`)
  const told = history.filter(({ type }) => type === 'Action').length
  if (told !== changes.length) violations.push(`the alarm changed ${changes.length} times and acted ${told} times`)
  const heard = new Set(heardMessages.all.flatMap(({ id, text }) => (text === 'm' ? [] : [id])))
  if (heard.size !== changes.length)
    violations.push(`the alarm changed ${changes.length} times, and ${heard.size} messages told of it`)
}
