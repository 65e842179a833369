import { alarmArn, findAlarm } from '../../src/metrics/alarm/alarm.ts'
import { endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { account, region } from './place.ts'
import type { World } from './world.ts'

/** An update that an alarm guards is taken back, when the alarm rang before it began and has not stopped since. */
export async function checkDeployments({ store, violations, guarded, options }: World): Promise<void> {
  const alarm = await findAlarm(store.db, alarmArn({ account, region }, 'load'))
  // A clock that was set says nothing of what came first.
  if (alarm?.state.value !== 'ALARM' || options.clockSteps > 0) return
  for (const { endpoint, config, at } of guarded) {
    const row = await endpoints.get(store, `arn:aws:sagemaker:${region}:${account}:endpoint/${endpoint}`)
    if (row?.live?.configName === config && alarm.state.transitioned <= at)
      violations.push(`${endpoint} serves ${config}, whose alarm rang when it was deployed`)
  }
}
