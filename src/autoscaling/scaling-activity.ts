import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { paging } from '../service/page.ts'
import { type Announcement, announce } from '../store/announcement.ts'
import type { Db } from '../store/database.ts'
import type { ScalingActivityTable } from '../store/schema/autoscaling-tables.ts'
import type { Store, Transaction } from '../store/store.ts'
import { autoscalingError, dimensionOf } from './autoscaling-error.ts'
import type { Op } from './autoscaling-operation.ts'
import { requirePageSize, type TargetRow } from './scalable-target.ts'
import { requireServed, resourcesOf } from './scaled-name.ts'
import type { NotScaled } from './scaling-decision.ts'

export interface ActivityDocument {
  readonly description: string
  readonly cause: string
  readonly message?: string
  /** From how many instances to how many, and for which policy. */
  readonly change?: { readonly from: number; readonly to: number; readonly policyArn?: string }
  readonly reasons?: readonly NotScaled[]
}

export type ActivityStatus = 'Pending' | 'InProgress' | 'Successful' | 'Overridden' | 'Failed'

export type ActivityRow = Selectable<ScalingActivityTable>
export const documentOf = ({ document }: Pick<ActivityRow, 'document'>): ActivityDocument => JSON.parse(document)

interface NewActivity {
  readonly now: number
  readonly status: ActivityStatus
  readonly document: ActivityDocument
}

/** Writes down what is done, or why nothing is. One that has ended already is announced. */
export async function insertActivity(tx: Transaction, target: TargetRow, activity: NewActivity): Promise<void> {
  const { now, status, document } = activity
  const row = {
    ...{ account: target.account, region: target.region, resource: target.resource, started: now, status },
    id: randomness.uuid(),
    ended: status === 'InProgress' || status === 'Pending' ? null : now,
    not_scaled: document.reasons ? 1 : 0,
    document: JSON.stringify(document),
  }
  await tx.db.insertInto('scaling_activity').values(row).execute()
}

/** The change of instances that is under way, if one is: also when a schedule has set bounds since it began. */
export const activityUnderWay = (db: Db, { account, region, resource }: TargetRow): Promise<ActivityRow | undefined> =>
  db
    .selectFrom('scaling_activity')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('resource', '=', resource)
    .where('ended', 'is', null)
    .executeTakeFirst()

/** The last change of instances or bounds, or the last reason why there was none. */
export const newestActivity = (db: Db, { account, region, resource }: TargetRow, notScaled: 0 | 1) =>
  db
    .selectFrom('scaling_activity')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('resource', '=', resource)
    .where('not_scaled', '=', notScaled)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()

/** Why nothing was scaled, once as long as it stays the same: an alarm calls every minute. */
export async function tellNotScaled(
  tx: Transaction,
  target: TargetRow,
  { now, cause, reason }: { readonly now: number; readonly cause: string; readonly reason: NotScaled },
): Promise<void> {
  const newest = await newestActivity(tx.db, target, 1)
  const scaled = await newestActivity(tx.db, target, 0)
  const document: ActivityDocument = {
    ...{ description: 'Attempting to scale due to alarm triggered', cause, reasons: [reason] },
  }
  const isTold = newest?.document === JSON.stringify(document) && newest.sequence > (scaled?.sequence ?? 0)
  if (!isTold) await insertActivity(tx, target, { now, status: 'Failed', document })
}

/** Tells how a change of instances stands, or has ended, which is announced. */
export async function updateActivity(
  tx: Transaction,
  target: TargetRow,
  row: ActivityRow,
  { status, message, now }: { readonly status: ActivityStatus; readonly message: string; readonly now: number },
): Promise<void> {
  const document = { ...documentOf(row), message }
  if (row.status === status && row.document === JSON.stringify(document)) return
  const ended = status === 'InProgress' || status === 'Pending' ? null : now
  await tx.db
    .updateTable('scaling_activity')
    .set({ status, ended, document: JSON.stringify(document) })
    .where('sequence', '=', row.sequence)
    .execute()
  if (ended !== null) await announce(tx, eventOf(target, { ...row, status, ended }, document))
}

const seconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')

/** Source: Application Auto Scaling User Guide, "Monitor Application Auto Scaling events using Amazon EventBridge". */
function eventOf(target: TargetRow, row: ActivityRow, { change }: ActivityDocument): Announcement {
  const { from = 0, to = 0 } = change ?? {}
  return {
    ...{ account: target.account, region: target.region, source: 'aws.application-autoscaling', resources: [] },
    detailType: 'Application Auto Scaling Scaling Activity State Change',
    detail: {
      ...{ startTime: seconds(row.started), endTime: seconds(row.ended ?? row.started) },
      ...{ newDesiredCapacity: to, oldDesiredCapacity: from, minCapacity: target.least, maxCapacity: target.most },
      ...{
        resourceId: target.resource,
        scalableDimension: dimensionOf(target.resource),
        serviceNamespace: 'sagemaker',
      },
      statusCode: row.status,
      scaledToMax: to === target.most && row.status === 'Successful',
      direction: to > from ? 'scale-out' : 'scale-in',
    },
  }
}

function described(row: ActivityRow): Sdk.ScalingActivity {
  const { description, cause, message, reasons } = documentOf(row)
  return {
    ...{
      ActivityId: row.id,
      ServiceNamespace: 'sagemaker',
      ResourceId: row.resource,
      ScalableDimension: dimensionOf(row.resource),
    },
    ...{ Description: description, Cause: cause, StartTime: new Date(row.started) },
    ...(row.ended !== null && { EndTime: new Date(row.ended) }),
    StatusCode: row.status as Sdk.ScalingActivityStatusCode,
    ...(message !== undefined && { StatusMessage: message }),
    ...(reasons && { NotScaledReasons: [...reasons] }),
  }
}

/** Newest first, of the last six weeks. */
export const describeScalingActivities: Op<'DescribeScalingActivities'> = async (input, ctx) => {
  requireServed(input)
  const { ResourceId, IncludeNotScaledActivities = false, MaxResults = 50 } = input
  const limit = requirePageSize(MaxResults)
  const listing = [
    'DescribeScalingActivities',
    ctx.account,
    ctx.region,
    input.ScalableDimension,
    ResourceId,
    IncludeNotScaledActivities,
  ]
  const pages = paging<number>(listing, input.NextToken, autoscalingError.invalidToken)
  let query = ctx.store.db
    .selectFrom('scaling_activity')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('resource', 'like', resourcesOf(input.ScalableDimension))
    .orderBy('sequence', 'desc')
    .limit(limit + 1)
  if (ResourceId !== undefined) query = query.where('resource', '=', ResourceId)
  if (!IncludeNotScaledActivities) query = query.where('not_scaled', '=', 0)
  if (pages.after !== undefined) query = query.where('sequence', '<', pages.after)
  const { items, next } = pages.cut(await query.execute(), limit, ({ sequence }) => sequence)
  return { ScalingActivities: items.map(described), ...(next && { NextToken: next }) }
}

const keptMs = 42 * 24 * 60 * 60 * 1000
const sweptAtOnce = 500

/** Deletes what is older than six weeks, in short transactions. */
export async function sweepScalingActivities(store: Store, now: Date): Promise<void> {
  for (let gone = sweptAtOnce; gone === sweptAtOnce; )
    gone = await store.transaction(async tx => {
      const old = await tx.db
        .selectFrom('scaling_activity')
        .select('sequence')
        .where('started', '<', now.getTime() - keptMs)
        .limit(sweptAtOnce)
        .execute()
      const sequences = old.map(({ sequence }) => sequence)
      if (sequences.length > 0) await tx.db.deleteFrom('scaling_activity').where('sequence', 'in', sequences).execute()
      return sequences.length
    })
}
