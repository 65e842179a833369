import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { findAlarm } from '../metrics/alarm/alarm.ts'
import { removeAlarm } from '../metrics/alarm/put-metric-alarm.ts'
import { inferenceComponents } from '../sagemaker/serving/component-row.ts'
import { endpoints } from '../sagemaker/serving/endpoint.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { ScalableTargetTable } from '../store/schema/autoscaling-tables.ts'
import type { Transaction } from '../store/store.ts'
import { autoscalingError, dimensionOf } from './autoscaling-error.ts'
import type { In, Op } from './autoscaling-operation.ts'
import { parseResource, requireServed, resourcesOf, type ScaledName } from './scaled-name.ts'
import { putTags } from './target-tag.ts'

export type TargetRow = Selectable<ScalableTargetTable>
type Place = Pick<Context, 'account' | 'region'>

export async function findTarget(db: Db, { account, region }: Place, resource: string): Promise<TargetRow | undefined> {
  return db
    .selectFrom('scalable_target')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('resource', '=', resource)
    .executeTakeFirst()
}

/** Throws ObjectNotFoundException. */
export async function requireTarget(db: Db, place: Place, resource: string): Promise<TargetRow> {
  const found = await findTarget(db, place, resource)
  if (!found) throw autoscalingError.noTarget(resource)
  return found
}

/** The role that AWS makes for itself. It is told, and nothing here needs it. */
const usualRole = (account: string): string =>
  `arn:aws:iam::${account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`

/** An update changes what is given only. What is beyond new bounds is scaled into them. */
export const registerScalableTarget: Op<'RegisterScalableTarget'> = async (input, ctx) => {
  const { ResourceId: resource, MinCapacity, MaxCapacity, RoleARN, SuspendedState, Tags } = input
  const name = parseResource(input)
  const arn = await ctx.store.transaction(async tx => {
    const mayBeNone = await requireScaled(tx, ctx, name)
    const old = await findTarget(tx.db, ctx, resource)
    if (old && Tags)
      throw autoscalingError.invalid('Tags of a scalable target that is registered are changed by TagResource.')
    const row: TargetRow = {
      ...(old ?? newTarget(ctx, resource)),
      ...boundsOf(input, old, mayBeNone),
      ...(RoleARN !== undefined && { role: RoleARN }),
      ...(SuspendedState && { suspended: JSON.stringify({ ...suspendedOf(old), ...SuspendedState }) }),
    }
    await tx.db
      .insertInto('scalable_target')
      .values(row)
      .onConflict(conflict => conflict.column('arn').doUpdateSet(row))
      .execute()
    if (Tags) await putTags(tx, row.arn, Tags)
    if (MinCapacity !== undefined || MaxCapacity !== undefined) await tx.enqueue('scalable-target', row.arn)
    return row.arn
  })
  return { ScalableTargetARN: arn }
}

const newTarget = (ctx: Context, resource: string): TargetRow => ({
  ...{ account: ctx.account, region: ctx.region, resource, least: 0, most: 0, role: usualRole(ctx.account) },
  arn: `arn:aws:application-autoscaling:${ctx.region}:${ctx.account}:scalable-target/${randomness.uuid().replaceAll('-', '')}`,
  ...{ suspended: '{}', created: ctx.now().getTime() },
})

const mostInstances = 10_000

function boundsOf(
  { MinCapacity, MaxCapacity }: In<'RegisterScalableTarget'>,
  old: TargetRow | undefined,
  mayBeNone: boolean,
) {
  const [least, most] = [MinCapacity ?? old?.least, MaxCapacity ?? old?.most]
  if (least === undefined || most === undefined)
    throw autoscalingError.invalid('MinCapacity and MaxCapacity are required to register a scalable target.')
  requireBounds(least, most, mayBeNone)
  return { least, most }
}

/** Throws ValidationException. Who waits for an answer needs an instance. Source: SageMaker Developer Guide, "Autoscale an asynchronous endpoint". */
export function requireBounds(least: number, most: number, mayBeNone: boolean): void {
  if (least < 0 || most > mostInstances)
    throw autoscalingError.invalid(`Capacities must be between 0 and ${mostInstances}, not ${least} to ${most}.`)
  if (least > most)
    throw autoscalingError.invalid(
      `Maximum capacity cannot be less than minimum capacity: ${most} is less than ${least}.`,
    )
  requireLeast(least, mayBeNone)
}

export function requireLeast(least: number | undefined, mayBeNone: boolean): void {
  if (least === 0 && !mayBeNone)
    throw autoscalingError.invalid(
      'MinCapacity 0 is for variants of asynchronous endpoints only: others keep one instance.',
    )
}

/** Whether there may be none of it: of a component, and where an endpoint answers later. Throws ValidationException for what is not there. */
export async function requireScaled(tx: Transaction, ctx: Context, name: ScaledName): Promise<boolean> {
  if (name.component === undefined) return requireVariant(tx, ctx, name)
  const arn = `arn:aws:sagemaker:${ctx.region}:${ctx.account}:inference-component/${name.component}`
  const row = await inferenceComponents.get(tx, arn)
  if (!row || row.status === 'Deleting')
    throw autoscalingError.invalid(`The inference component ${name.component} does not exist.`)
  return true
}

async function requireVariant(
  tx: Transaction,
  ctx: Context,
  { endpoint, variant }: Extract<ScaledName, { readonly endpoint: string }>,
): Promise<boolean> {
  const row = await endpoints.get(tx, `arn:aws:sagemaker:${ctx.region}:${ctx.account}:endpoint/${endpoint}`)
  const found = [row?.live, row?.target].flatMap(
    deployment => deployment?.variants.find(({ name }) => name === variant) ?? [],
  )[0]
  if (found?.serverless)
    throw autoscalingError.invalid(`The variant ${variant} of endpoint ${endpoint} is serverless and has no instances.`)
  if (!row || !found)
    throw autoscalingError.invalid(`The endpoint ${endpoint} with a variant ${variant} does not exist.`)
  return (row.live ?? row.target)?.async !== undefined
}

export const suspendedOf = (row: Pick<TargetRow, 'suspended'> | undefined): Sdk.SuspendedState => ({
  ...{ DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
  ...(row && JSON.parse(row.suspended)),
})

const described = (row: TargetRow): Sdk.ScalableTarget => ({
  ServiceNamespace: 'sagemaker',
  ResourceId: row.resource,
  ScalableDimension: dimensionOf(row.resource),
  MinCapacity: row.least,
  MaxCapacity: row.most,
  RoleARN: row.role,
  CreationTime: new Date(row.created),
  SuspendedState: suspendedOf(row),
  ScalableTargetARN: row.arn,
})

export const pageSize = 50

export const describeScalableTargets: Op<'DescribeScalableTargets'> = async (input, ctx) => {
  requireServed(input)
  const { ResourceIds, MaxResults = pageSize } = input
  const limit = requirePageSize(MaxResults)
  const listing = ['DescribeScalableTargets', ctx.account, ctx.region, input.ScalableDimension, ResourceIds]
  const pages = paging<string>(listing, input.NextToken, autoscalingError.invalidToken)
  let query = ctx.store.db
    .selectFrom('scalable_target')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('resource', 'like', resourcesOf(input.ScalableDimension))
    .where('resource', '>', pages.after ?? '')
    .orderBy('resource')
    .limit(limit + 1)
  if (ResourceIds) query = query.where('resource', 'in', ResourceIds)
  const { items, next } = pages.cut(await query.execute(), limit, ({ resource }) => resource)
  return { ScalableTargets: items.map(described), ...(next && { NextToken: next }) }
}

/** 1 to 50 a page. Throws ValidationException. */
export function requirePageSize(size: number): number {
  if (size < 1 || size > pageSize)
    throw autoscalingError.invalid(`MaxResults must be between 1 and ${pageSize}, not ${size}.`)
  return size
}

/** Of alarms that a policy made, those that its owner has not deleted already. */
export async function removeAlarms(
  tx: Transaction,
  alarms: readonly { readonly arn: string }[],
  now: number,
): Promise<void> {
  for (const { arn } of alarms) {
    const alarm = await findAlarm(tx.db, arn)
    if (alarm) await removeAlarm(tx, alarm, now)
  }
}
