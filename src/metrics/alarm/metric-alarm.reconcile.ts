import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { clock } from '../../ground/clock.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Db } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { MathFault } from '../math/math-fault.ts'
import { planQueries, readMetric, readPlan } from '../math/metric-query.ts'
import { type Alarm, findAlarm, queriesOf, ruleOf } from './alarm.ts'
import { type AlarmAction, actionsIn } from './alarm-action.ts'
import { type AlarmPoint, decideAlarm, rangeOf } from './alarm-decision.ts'
import { alarmReason, reasonData } from './alarm-reason.ts'
import { act, changeAlarmState, type FoundState } from './change-alarm-state.ts'

interface Parts {
  readonly store: Store
  readonly actions: readonly AlarmAction[]
  readonly log: Pick<Logger, 'warn'>
}

/** Datapoints are written a second after they were put. */
const settleMs = 3000

/** Evaluates an alarm once a minute, or every ten seconds where its period is shorter. A key is its ARN. */
export const metricAlarmReconciler =
  ({ store, actions, log }: Parts): Reconciler =>
  async arn => {
    const alarm = await findAlarm(store.db, arn)
    if (!alarm) return
    const now = clock.now()
    const { period, found } = await evaluate(store.db, alarm, now).catch((error: unknown) => {
      if (!(error instanceof MathFault)) throw error
      log.warn({ alarm: arn, fault: error.message }, 'an expression of an alarm cannot be computed')
      return { period: 60, found: undefined }
    })
    const isChange = found !== undefined && found.value !== alarm.state.value
    if (isChange || goesOnCalling(alarm, actions))
      await store.transaction(async tx => {
        const current = await findAlarm(tx.db, arn)
        // Configured anew meanwhile: it is evaluated again at once.
        if (current?.version !== alarm.version) return
        if (found && found.value !== current.state.value) await changeAlarmState(tx, current, found, { now, actions })
        else await act(tx, refreshed(current, found), current.state, { now, actions, isChange: false })
      })
    return { after: untilNext(now, step(period)) }
  }

/** Whether something is done at each look, as long as the state lasts. */
const goesOnCalling = ({ settings, state }: Alarm, actions: readonly AlarmAction[]): boolean =>
  actionsIn(settings, state.value).some(arn => actions.find(one => one.arn.test(arn))?.isRepeated)

/** The same state with the datapoints of now, which policies that scale go by. */
const refreshed = (alarm: Alarm, found: FoundState | undefined): Alarm =>
  found ? { ...alarm, state: { ...alarm.state, ...found } } : alarm

/** Milliseconds between two evaluations. */
const step = (period: number): number => (period < 60 ? 10_000 : 60_000)

const untilNext = (now: number, every: number): number => every - ((now - settleMs) % every)

/** The state that the datapoints up to now make; undefined when it stays. Periods end with the last whole minute, or ten seconds. */
async function evaluate(db: Db, alarm: Alarm, now: number): Promise<{ period: number; found: FoundState | undefined }> {
  const rule = ruleOf(alarm.settings)
  const { queries, watched } = queriesOf(alarm.settings)
  const planned = planQueries(queries, alarm.account)
  if (planned.fault !== undefined || !watched) throw new MathFault(planned.fault ?? 'it watches nothing.')
  const plan = planned.plans.get(watched.Id)
  const { MetricStat: stat } = watched
  const period = plan?.period ?? stat?.Period ?? 60
  const every = step(period)
  const to = now - (now % every)
  const windows = { from: to - rangeOf(rule) * period * 1000, to, period: period * 1000 }
  const points: readonly AlarmPoint[] = stat
    ? await readMetric(db, alarm, stat, windows)
    : plan
      ? [...(await readPlan(db, alarm, plan, windows, turn))].map(([time, value]) => ({ time, value }))
      : []
  const at = new Map(points.map(point => [point.time, point]))
  const range = Array.from({ length: rangeOf(rule) }, (_, index) => at.get(windows.from + index * windows.period))
  const decision = decideAlarm(rule, range)
  if (decision.state === undefined) return { period, found: undefined }
  const reason = alarmReason(rule, decision, alarm.state.value, decision.state)
  const asked = { now, period, ...(stat && { statistic: stat.Stat, ...(stat.Unit && { unit: stat.Unit }) }) }
  return { period, found: { value: decision.state, reason, reasonData: reasonData(rule, decision, asked) } }
}
