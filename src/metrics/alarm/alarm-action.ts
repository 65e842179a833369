import type { Transaction } from '../../store/store.ts'
import type { Place } from '../math/metric-query.ts'
import type { Alarm, AlarmSettings, ToldState } from './alarm.ts'
import type { AlarmState } from './alarm-decision.ts'

/** What an alarm tells when it acts. */
export interface AlarmCall {
  readonly alarm: Alarm
  /** The state before. */
  readonly from: ToldState
  /** Milliseconds. */
  readonly now: number
}

/** One kind of what alarms may do, by its ARNs. */
export interface AlarmAction {
  readonly arn: RegExp
  /** Why this one cannot be done for this owner; undefined when it can. */
  fault(arn: string, owner: Place): string | undefined
  /** It is done at each evaluation as long as the state lasts, as policies that scale want it; others when the state changes. */
  readonly isRepeated: boolean
  /** By the commit of the change, SQL only. Returns why it could not be done; what it throws undoes the change. */
  run(tx: Transaction, arn: string, call: AlarmCall): Promise<string | undefined>
}

const lists = { OK: 'OKActions', ALARM: 'AlarmActions', INSUFFICIENT_DATA: 'InsufficientDataActions' } as const

/** What an alarm does in a state; nothing when its actions are off. */
export const actionsIn = (settings: AlarmSettings, state: AlarmState): readonly string[] =>
  settings.ActionsEnabled === false ? [] : (settings[lists[state]] ?? [])

export const allActions = (settings: AlarmSettings): readonly string[] =>
  Object.values(lists).flatMap(list => settings[list] ?? [])

/** Why one of the actions cannot be given to an alarm; undefined when all can. */
export function actionFault(kinds: readonly AlarmAction[], settings: AlarmSettings, owner: Place): string | undefined {
  for (const arn of allActions(settings)) {
    const kind = kinds.find(one => one.arn.test(arn))
    const fault = kind ? kind.fault(arn, owner) : 'no action of this kind is served.'
    if (fault !== undefined) return `The action ${arn}: ${fault}`
  }
}
