import { ServiceError } from '../../ground/errors.ts'
import { quotas } from '../../quotas/quotas.ts'
import type { Context } from '../../service/context.ts'
import { announce } from '../../store/announcement.ts'
import type { Db } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'
import { removeAllTags } from '../../store/tags.ts'
import { validationError } from '../cloudwatch-error.ts'
import type { Op } from '../metrics-operation.ts'
import {
  type Alarm,
  type AlarmSettings,
  alarmArn,
  findAlarm,
  requireAlarm,
  type ToldState,
  writeAlarm,
} from './alarm.ts'
import { actionFault } from './alarm-action.ts'
import { checkAlarm } from './alarm-check.ts'
import { configurationChanged, configurationTold } from './alarm-event.ts'
import { insertHistory } from './alarm-history.ts'
import { putTags } from './alarm-tag.ts'

/** Of an account in a region. */
const mostAlarms = quotas.monitoring.alarms.value

const unchecked = (now: number): ToldState => ({
  ...{ value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', updated: now, transitioned: now },
})

/** An update overwrites the whole configuration and leaves state and tags as they are (API Reference, PutMetricAlarm). */
export const putMetricAlarm: Op<'PutMetricAlarm'> = async (input, ctx) => {
  const { Tags = [], ...settings } = input
  checkAlarm(settings, ctx.account)
  const fault = actionFault(ctx.alarmActions, settings, ctx)
  if (fault !== undefined) throw validationError(fault)
  await ctx.store.transaction(async tx => {
    const before = await findAlarm(tx.db, alarmArn(ctx, settings.AlarmName))
    const alarm = await configure(tx, ctx, settings, before)
    // Before the event, which a rule may want to see with them.
    if (!before) await putTags(tx, alarm.arn, Tags)
  })
  return {}
}

/** Makes an alarm or configures one anew, and has it evaluated. Throws LimitExceededFault. */
export async function configure(
  tx: Transaction,
  ctx: Pick<Context, 'account' | 'region' | 'now'>,
  settings: AlarmSettings,
  before: Alarm | undefined,
): Promise<Alarm> {
  const now = ctx.now().getTime()
  if (!before) await requireRoom(tx.db, ctx)
  const alarm: Alarm = {
    ...{ account: ctx.account, region: ctx.region, name: settings.AlarmName, settings, configured: now },
    arn: alarmArn(ctx, settings.AlarmName),
    state: before?.state ?? unchecked(now),
    version: (before?.version ?? 0) + 1,
  }
  const row = writeAlarm(alarm)
  await tx.db
    .insertInto('metric_alarm')
    .values(row)
    .onConflict(conflict => conflict.column('arn').doUpdateSet(row))
    .execute()
  await tellConfiguration(tx, alarm, before ? 'update' : 'create', now, before)
  await tx.enqueue('metric-alarm', alarm.arn)
  return alarm
}

const named = { create: ['Create', 'created'], update: ['Update', 'updated'], delete: ['Delete', 'deleted'] } as const

async function tellConfiguration(
  tx: Transaction,
  alarm: Alarm,
  operation: keyof typeof named,
  now: number,
  before?: Alarm,
): Promise<void> {
  const [type, done] = named[operation]
  await insertHistory(tx, alarm, {
    ...{ alarm: alarm.name, time: now, type: 'ConfigurationUpdate', summary: `Alarm "${alarm.name}" ${done}` },
    data: { version: '1.0', type, [`${done}Alarm`]: configurationTold(alarm) },
  })
  await announce(tx, configurationChanged(alarm, operation, now, before))
}

async function requireRoom(db: Db, { account, region }: Pick<Context, 'account' | 'region'>): Promise<void> {
  const { count } = await db
    .selectFrom('metric_alarm')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('region', '=', region)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostAlarms)
    throw new ServiceError('LimitExceededFault', `An account can have ${mostAlarms} alarms in a region.`)
}

/** All of them, or none when one is not there (API Reference, DeleteAlarms). */
export const deleteAlarms: Op<'DeleteAlarms'> = async ({ AlarmNames }, ctx) => {
  await ctx.store.transaction(async tx => {
    for (const name of new Set(AlarmNames))
      await removeAlarm(tx, await requireAlarm(tx.db, ctx, name), ctx.now().getTime())
  })
  return {}
}

/** Its history stays. */
export async function removeAlarm(tx: Transaction, alarm: Alarm, now: number): Promise<void> {
  await tx.db.deleteFrom('metric_alarm').where('arn', '=', alarm.arn).execute()
  await removeAllTags(tx.db, alarm.arn)
  await tellConfiguration(tx, alarm, 'delete', now)
}

const setActionsEnabled = async (ctx: Context, names: readonly string[], ActionsEnabled: boolean): Promise<object> => {
  await ctx.store.transaction(async tx => {
    for (const name of new Set(names)) {
      const before = await findAlarm(tx.db, alarmArn(ctx, name))
      if (before) await configure(tx, ctx, { ...before.settings, ActionsEnabled }, before)
    }
  })
  return {}
}

/** Names of alarms that are not there are passed over: the operation has no error for them. */
export const enableAlarmActions: Op<'EnableAlarmActions'> = ({ AlarmNames }, ctx) =>
  setActionsEnabled(ctx, AlarmNames, true)
export const disableAlarmActions: Op<'DisableAlarmActions'> = ({ AlarmNames }, ctx) =>
  setActionsEnabled(ctx, AlarmNames, false)
