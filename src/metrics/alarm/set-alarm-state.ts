import { ServiceError } from '../../ground/errors.ts'
import type { Op } from '../metrics-operation.ts'
import { requireAlarm } from './alarm.ts'
import type { AlarmState } from './alarm-decision.ts'
import { changeAlarmState } from './change-alarm-state.ts'

/** Until the next evaluation finds another. A state that the alarm has already does nothing. */
export const setAlarmState: Op<'SetAlarmState'> = async (input, ctx) => {
  const { AlarmName, StateValue, StateReason, StateReasonData } = input
  if (StateReasonData !== undefined) requireJson(StateReasonData)
  await ctx.store.transaction(async tx => {
    const alarm = await requireAlarm(tx.db, ctx, AlarmName)
    if (alarm.state.value === StateValue) return
    const found = {
      value: StateValue as AlarmState,
      reason: StateReason,
      ...(StateReasonData !== undefined && { reasonData: StateReasonData }),
    }
    await changeAlarmState(tx, alarm, found, { now: ctx.now().getTime(), actions: ctx.alarmActions })
  })
  return {}
}

function requireJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw new ServiceError('InvalidFormatFault', 'StateReasonData was not valid JSON')
  }
}
