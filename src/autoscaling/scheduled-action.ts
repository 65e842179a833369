import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { quotas } from '../quotas/quotas.ts'
import { nextTime, parseSchedule } from '../schedule/schedule.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { ScheduledActionTable } from '../store/schema/autoscaling-tables.ts'
import { autoscalingError, dimensionOf } from './autoscaling-error.ts'
import type { In, Op } from './autoscaling-operation.ts'
import { requireLeast, requirePageSize, requireScaled, requireTarget } from './scalable-target.ts'
import { parseResource, requireServed, resourcesOf } from './scaled-name.ts'

export type ScheduledRow = Selectable<ScheduledActionTable>

/** How it was put; times in milliseconds. */
export interface ScheduledSettings {
  readonly schedule: string
  readonly zone?: string
  readonly from?: number
  readonly until?: number
  readonly least?: number
  readonly most?: number
}

/** Quota of scheduled actions of a scalable target. */
const mostActions = quotas.scaling.scheduledActions.value

const findAction = (db: Db, { account, region }: Pick<Context, 'account' | 'region'>, resource: string, name: string) =>
  db
    .selectFrom('scheduled_action')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('resource', '=', resource)
    .where('name', '=', name)
    .executeTakeFirst()

/** When an action is due first after a time; null when never again. Throws ValidationException for a schedule that is none. */
export function dueAfter(settings: ScheduledSettings, created: number, after: number): number | null {
  const schedule = parseSchedule(settings.schedule, settings.zone)
  const span = { from: settings.from ?? created, ...(settings.until !== undefined && { until: settings.until }) }
  return nextTime(schedule, span, after) ?? null
}

/** An update overwrites what is given (API Reference, PutScheduledAction: parameters that are not given are left as they are). */
export const putScheduledAction: Op<'PutScheduledAction'> = async (input, ctx) => {
  const scaled = parseResource(input)
  const { ScheduledActionName: name, ResourceId: resource } = input
  const now = ctx.now().getTime()
  await ctx.store.transaction(async tx => {
    const target = await requireTarget(tx.db, ctx, resource)
    const old = await findAction(tx.db, ctx, resource, name)
    if (!old) await requireRoom(tx.db, target.arn)
    const settings = settingsOf(input, old && JSON.parse(old.document))
    if (settings.least === 0 || settings.most === 0) requireLeast(0, await requireScaled(tx, ctx, scaled))
    const created = old?.created ?? now
    const next = dueAfter(settings, created, now)
    if (next === null && settings.schedule.startsWith('at('))
      throw autoscalingError.invalid(`The Schedule ${settings.schedule} is over.`)
    const row = {
      ...{ target_arn: target.arn, account: ctx.account, region: ctx.region, resource, name, created, next },
      arn: old?.arn ?? actionArn(ctx, resource, name),
      document: JSON.stringify(settings),
    }
    await tx.db
      .insertInto('scheduled_action')
      .values(row)
      .onConflict(conflict => conflict.column('arn').doUpdateSet(row))
      .execute()
    if (next !== null) await tx.enqueue('scalable-target', target.arn, new Date(next))
  })
  return {}
}

const actionArn = ({ account, region }: Context, resource: string, name: string): string =>
  `arn:aws:autoscaling:${region}:${account}:scheduledAction:${randomness.uuid()}:resource/sagemaker/${resource}:scheduledActionName/${name}`

function settingsOf(input: In<'PutScheduledAction'>, old: ScheduledSettings | undefined): ScheduledSettings {
  const { Schedule, Timezone, StartTime, EndTime, ScalableTargetAction: action } = input
  const schedule = Schedule ?? old?.schedule
  if (schedule === undefined) throw autoscalingError.invalid('Schedule is required for a scheduled action.')
  if (Timezone !== undefined && schedule.startsWith('rate('))
    throw autoscalingError.invalid('Timezone is for at(…) and cron(…) only.')
  const settings: ScheduledSettings = {
    ...old,
    schedule,
    ...(Timezone !== undefined && { zone: Timezone }),
    ...(StartTime && { from: StartTime.getTime() }),
    ...(EndTime && { until: EndTime.getTime() }),
    ...(action?.MinCapacity !== undefined && { least: action.MinCapacity }),
    ...(action?.MaxCapacity !== undefined && { most: action.MaxCapacity }),
  }
  checkSettings(settings)
  return settings
}

function checkSettings({ from, until, least, most }: ScheduledSettings): void {
  if (least === undefined && most === undefined)
    throw autoscalingError.invalid('ScalableTargetAction needs a MinCapacity, a MaxCapacity or both.')
  if (most !== undefined && (most < 0 || (least !== undefined && least > most)))
    throw autoscalingError.invalid(`Maximum capacity cannot be less than minimum capacity: ${most}.`)
  if (least !== undefined && least < 0) throw autoscalingError.invalid(`MinCapacity cannot be ${least}.`)
  if (from !== undefined && until !== undefined && until <= from)
    throw autoscalingError.invalid('EndTime must be after StartTime.')
}

async function requireRoom(db: Db, target: string): Promise<void> {
  const { count } = await db
    .selectFrom('scheduled_action')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('target_arn', '=', target)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostActions)
    throw autoscalingError.limit(`A scalable target can have ${mostActions} scheduled actions.`)
}

function described(row: ScheduledRow): Sdk.ScheduledAction {
  const { schedule, zone, from, until, least, most } = JSON.parse(row.document) as ScheduledSettings
  return {
    ScheduledActionName: row.name,
    ScheduledActionARN: row.arn,
    ServiceNamespace: 'sagemaker',
    Schedule: schedule,
    ...(zone !== undefined && { Timezone: zone }),
    ResourceId: row.resource,
    ScalableDimension: dimensionOf(row.resource),
    ...(from !== undefined && { StartTime: new Date(from) }),
    ...(until !== undefined && { EndTime: new Date(until) }),
    ScalableTargetAction: {
      ...(least !== undefined && { MinCapacity: least }),
      ...(most !== undefined && { MaxCapacity: most }),
    },
    CreationTime: new Date(row.created),
  }
}

export const describeScheduledActions: Op<'DescribeScheduledActions'> = async (input, ctx) => {
  requireServed(input)
  const { ScheduledActionNames: names, ResourceId, MaxResults = 50 } = input
  const limit = requirePageSize(MaxResults)
  const listing = ['DescribeScheduledActions', ctx.account, ctx.region, input.ScalableDimension, names, ResourceId]
  const pages = paging<readonly [string, string]>(listing, input.NextToken, autoscalingError.invalidToken)
  let query = ctx.store.db
    .selectFrom('scheduled_action')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('resource', 'like', resourcesOf(input.ScalableDimension))
    .orderBy('resource')
    .orderBy('name')
    .limit(limit + 1)
  const { after } = pages
  if (after) query = query.where(eb => eb(eb.refTuple('resource', 'name'), '>', eb.tuple(after[0], after[1])))
  if (ResourceId !== undefined) query = query.where('resource', '=', ResourceId)
  if (names) query = query.where(eb => eb.or([eb('name', 'in', names), eb('arn', 'in', names)]))
  const { items, next } = pages.cut(await query.execute(), limit, ({ resource, name }) => [resource, name] as const)
  return { ScheduledActions: items.map(described), ...(next && { NextToken: next }) }
}

export const deleteScheduledAction: Op<'DeleteScheduledAction'> = async (input, ctx) => {
  parseResource(input)
  await ctx.store.transaction(async tx => {
    const row = await findAction(tx.db, ctx, input.ResourceId, input.ScheduledActionName)
    if (!row) throw autoscalingError.noScheduledAction(input.ResourceId, input.ScheduledActionName)
    await tx.db.deleteFrom('scheduled_action').where('arn', '=', row.arn).execute()
  })
  return {}
}
