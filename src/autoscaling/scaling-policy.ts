import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { ScalingPolicyTable } from '../store/schema/autoscaling-tables.ts'
import { autoscalingError, dimensionOf } from './autoscaling-error.ts'
import type { Op } from './autoscaling-operation.ts'
import { checkPolicy } from './policy-configuration.ts'
import { removeAlarms, requirePageSize, requireTarget } from './scalable-target.ts'
import { parseResource, requireServed, resourcesOf } from './scaled-name.ts'
import { putTrackingAlarms, type TrackingAlarm } from './tracking-alarm.ts'

export type PolicyRow = Selectable<ScalingPolicyTable>

/** Quota of policies of a scalable target. */
const mostPolicies = quotas.scaling.policies.value

const findPolicy = (db: Db, { account, region }: Pick<Context, 'account' | 'region'>, resource: string, name: string) =>
  db
    .selectFrom('scaling_policy')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('resource', '=', resource)
    .where('name', '=', name)
    .executeTakeFirst()

export const alarmsOf = ({ alarms }: Pick<PolicyRow, 'alarms'>): TrackingAlarm[] => JSON.parse(alarms)

/** An update overwrites the configuration, and keeps the alarms that the policy has made as far as it still wants them. */
export const putScalingPolicy: Op<'PutScalingPolicy'> = async (input, ctx) => {
  const scaled = parseResource(input)
  const type = checkPolicy(input, scaled)
  const { PolicyName: name, ResourceId: resource } = input
  const configuration = input.StepScalingPolicyConfiguration ?? input.TargetTrackingScalingPolicyConfiguration
  return ctx.store.transaction(async tx => {
    const target = await requireTarget(tx.db, ctx, resource)
    const old = await findPolicy(tx.db, ctx, resource, name)
    if (!old) await requireRoom(tx.db, target.arn)
    const arn = old?.arn ?? policyArn(ctx, resource, name)
    const known = old ? alarmsOf(old) : []
    const tracking = input.TargetTrackingScalingPolicyConfiguration
    const made = tracking && { policyArn: arn, resource, scaled, configuration: tracking }
    const alarms = made ? await putTrackingAlarms(tx, ctx, made, known, () => randomness.uuid()) : []
    const unwanted = known.filter(alarm => !alarms.some(kept => kept.arn === alarm.arn))
    await removeAlarms(tx, unwanted, ctx.now().getTime())
    const row = {
      ...{ arn, target_arn: target.arn, account: ctx.account, region: ctx.region, resource, name, type },
      configuration: JSON.stringify(configuration),
      alarms: JSON.stringify(alarms),
      created: old?.created ?? ctx.now().getTime(),
      ...{ called: null, cooling: old?.cooling ?? '{}' },
    }
    await tx.db
      .insertInto('scaling_policy')
      .values(row)
      .onConflict(conflict => conflict.column('arn').doUpdateSet(row))
      .execute()
    return { PolicyARN: arn, Alarms: alarms.map(alarmTold) }
  })
}

const policyArn = ({ account, region }: Context, resource: string, name: string): string =>
  `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${randomness.uuid()}:resource/sagemaker/${resource}:policyName/${name}`

const alarmTold = ({ name, arn }: TrackingAlarm) => ({ AlarmName: name, AlarmARN: arn })

async function requireRoom(db: Db, target: string): Promise<void> {
  const { count } = await db
    .selectFrom('scaling_policy')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('target_arn', '=', target)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostPolicies)
    throw autoscalingError.limit(`A scalable target can have ${mostPolicies} policies.`)
}

const described = (row: PolicyRow): Sdk.ScalingPolicy => ({
  PolicyARN: row.arn,
  PolicyName: row.name,
  ServiceNamespace: 'sagemaker',
  ResourceId: row.resource,
  ScalableDimension: dimensionOf(row.resource),
  PolicyType: row.type as Sdk.PolicyType,
  [`${row.type}PolicyConfiguration`]: JSON.parse(row.configuration),
  Alarms: alarmsOf(row).map(alarmTold),
  CreationTime: new Date(row.created),
})

export const describeScalingPolicies: Op<'DescribeScalingPolicies'> = async (input, ctx) => {
  requireServed(input)
  const { PolicyNames, ResourceId, MaxResults = 10 } = input
  const limit = requirePageSize(MaxResults)
  const listing = ['DescribeScalingPolicies', ctx.account, ctx.region, input.ScalableDimension, PolicyNames, ResourceId]
  const pages = paging<readonly [string, string]>(listing, input.NextToken, autoscalingError.invalidToken)
  let query = ctx.store.db
    .selectFrom('scaling_policy')
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
  if (PolicyNames) query = query.where(eb => eb.or([eb('name', 'in', PolicyNames), eb('arn', 'in', PolicyNames)]))
  const { items, next } = pages.cut(await query.execute(), limit, ({ resource, name }) => [resource, name] as const)
  return { ScalingPolicies: items.map(described), ...(next && { NextToken: next }) }
}

/** The alarms that it made go with it. */
export const deleteScalingPolicy: Op<'DeleteScalingPolicy'> = async (input, ctx) => {
  parseResource(input)
  await ctx.store.transaction(async tx => {
    const row = await findPolicy(tx.db, ctx, input.ResourceId, input.PolicyName)
    if (!row) throw autoscalingError.noPolicy(input.ResourceId, input.PolicyName)
    await removeAlarms(tx, alarmsOf(row), ctx.now().getTime())
    await tx.db.deleteFrom('scaling_policy').where('arn', '=', row.arn).execute()
  })
  return {}
}
