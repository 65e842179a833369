import { announce } from '../../store/announcement.ts'
import type { Transaction } from '../../store/store.ts'
import { type Alarm, type ToldState, writeAlarm } from './alarm.ts'
import { type AlarmAction, actionsIn } from './alarm-action.ts'
import { stateChanged } from './alarm-event.ts'
import { insertHistory } from './alarm-history.ts'
import { longTime } from './alarm-reason.ts'

/** A state as it is found, without its times. */
export type FoundState = Pick<ToldState, 'value' | 'reason' | 'reasonData'>

/**
 * An alarm's state changes: the row, its history, its event and what it does are one commit. A state that has another reason only is no
 * change and is not written.
 */
export async function changeAlarmState(
  tx: Transaction,
  alarm: Alarm,
  found: FoundState,
  { now, actions }: { readonly now: number; readonly actions: readonly AlarmAction[] },
): Promise<void> {
  const { state: from } = alarm
  const changed: Alarm = { ...alarm, state: { ...found, updated: now, transitioned: now } }
  await tx.db.updateTable('metric_alarm').set(writeAlarm(changed)).where('arn', '=', alarm.arn).execute()
  await insertHistory(tx, alarm, {
    ...{ alarm: alarm.name, time: now, type: 'StateUpdate' },
    summary: `Alarm updated from ${from.value} to ${found.value}`,
    data: { version: '1.0', oldState: historyState(from), newState: historyState(found) },
  })
  await announce(tx, stateChanged(changed, from))
  await act(tx, changed, from, { now, actions, isChange: true })
}

interface Acting {
  readonly now: number
  readonly actions: readonly AlarmAction[]
  /** Else it only goes on, and what is done at changes is not done again. */
  readonly isChange: boolean
}

/** Does what the alarm's state asks for. */
export async function act(tx: Transaction, alarm: Alarm, from: ToldState, acting: Acting): Promise<void> {
  for (const arn of actionsIn(alarm.settings, alarm.state.value)) {
    const kind = acting.actions.find(one => one.arn.test(arn))
    if (!kind || !(acting.isChange || kind.isRepeated)) continue
    const error = await kind.run(tx, arn, { alarm, from, now: acting.now })
    if (acting.isChange) await tellAction(tx, alarm, arn, acting.now, error)
  }
}

const tellAction = (tx: Transaction, alarm: Alarm, arn: string, now: number, error: string | undefined) =>
  insertHistory(tx, alarm, {
    ...{ alarm: alarm.name, time: now, type: 'Action' },
    summary: error === undefined ? `Successfully executed action ${arn}` : `Failed to execute action ${arn}. ${error}`,
    data: {
      ...{ actionState: error === undefined ? 'Succeeded' : 'Failed', notificationResource: arn },
      stateUpdateTimestamp: longTime(alarm.state.updated),
      ...(error !== undefined && { error }),
    },
  })

const historyState = ({ value, reason, reasonData }: FoundState) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData !== undefined && { stateReasonData: readData(reasonData) }),
})

/** Data that was set by SetAlarmState may be long, or no JSON that AWS writes. */
function readData(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
