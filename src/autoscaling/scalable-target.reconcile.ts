import { clock } from '../ground/clock.ts'
import { findAlarm } from '../metrics/alarm/alarm.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { ResourceLimitExceeded } from '../sagemaker/sagemaker-error.ts'
import { type EndpointRow, endpoints } from '../sagemaker/serving/endpoint.ts'
import { changeCapacities } from '../sagemaker/serving/endpoint-capacity.ts'
import { waits } from '../sagemaker/serving/endpoint-decision.ts'
import type { Db } from '../store/database.ts'
import type { Store, Transaction } from '../store/store.ts'
import { policyCalls } from './policy-call.ts'
import { suspendedOf, type TargetRow } from './scalable-target.ts'
import {
  type ActivityRow,
  type ActivityStatus,
  activityUnderWay,
  documentOf,
  insertActivity,
  newestActivity,
  tellNotScaled,
  updateActivity,
} from './scaling-activity.ts'
import { causeOf, decideScaling } from './scaling-decision.ts'
import { alarmsOf, type PolicyRow } from './scaling-policy.ts'
import { dueAfter, type ScheduledSettings } from './scheduled-action.ts'
import { parseResource } from './variant-name.ts'

/** How often a change of instances is looked at until it has ended; and an endpoint that changes for other reasons. */
const lookMs = 2000
const otherChangeMs = 30_000
/** What has failed is not tried again before: a machine that has no room for it will hardly have some at once. */
const pauseMs = 5 * 60_000
const changing = new Set(['Creating', 'Updating', 'RollingBack'])

/** Counts the instances of a variant by its rules. A key is the ARN of a scalable target; all that it does is one commit. */
export const scalableTargetReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async arn =>
    store.transaction(async tx => {
      const found = await tx.db.selectFrom('scalable_target').selectAll().where('arn', '=', arn).executeTakeFirst()
      if (!found) return
      const now = clock.now()
      const target = await runSchedules(tx, found, now)
      const again = await scale(tx, target, now)
      const next = await nextSchedule(tx.db, arn)
      const waitsFor = [
        ...(again === undefined ? [] : [again]),
        ...(next === undefined ? [] : [Math.max(0, next - now)]),
      ]
      return waitsFor.length > 0 ? { after: Math.min(...waitsFor) } : undefined
    })

/** Sets the bounds of what is due. Several that were missed are run in their order. */
async function runSchedules(tx: Transaction, found: TargetRow, now: number): Promise<TargetRow> {
  const due = await tx.db
    .selectFrom('scheduled_action')
    .selectAll()
    .where('target_arn', '=', found.arn)
    .where('next', '<=', now)
    .execute()
  let target = found
  for (const action of due.toSorted((a, b) => Number(a.next) - Number(b.next))) {
    const settings = JSON.parse(action.document) as ScheduledSettings
    const next = dueAfter(settings, action.created, now)
    await tx.db.updateTable('scheduled_action').set({ next }).where('arn', '=', action.arn).execute()
    if (suspendedOf(target).ScheduledScalingSuspended) continue
    target = { ...target, ...boundsWith(target, settings) }
    const { least, most } = target
    await tx.db.updateTable('scalable_target').set({ least, most }).where('arn', '=', target.arn).execute()
    const told = [
      ...(settings.least === undefined ? [] : [`min capacity to ${settings.least}`]),
      ...(settings.most === undefined ? [] : [`max capacity to ${settings.most}`]),
    ].join(' and ')
    await insertActivity(tx, target, {
      ...{ now, status: 'Successful' },
      document: {
        description: `Setting ${told}`,
        cause: `scheduled action name ${action.name} was triggered`,
        message: `Successfully set ${told}`,
      },
    })
  }
  return target
}

/** One bound takes the other one along where it would pass it. */
function boundsWith({ least, most }: TargetRow, settings: ScheduledSettings): { least: number; most: number } {
  const bounds = { least: settings.least ?? least, most: settings.most ?? most }
  if (bounds.least <= bounds.most) return bounds
  return settings.least === undefined ? { ...bounds, least: bounds.most } : { ...bounds, most: bounds.least }
}

async function nextSchedule(db: Db, arn: string): Promise<number | undefined> {
  const rows = await db.selectFrom('scheduled_action').select('next').where('target_arn', '=', arn).execute()
  const times = rows.flatMap(({ next }) => (next === null ? [] : [Number(next)]))
  return times.length > 0 ? Math.min(...times) : undefined
}

/** Returns after how many milliseconds it is to be looked at again; undefined when nothing is under way. */
async function scale(tx: Transaction, target: TargetRow, now: number): Promise<number | undefined> {
  const { endpoint: name, variant } = parseResource({ ServiceNamespace: 'sagemaker', ResourceId: target.resource })
  const arn = `arn:aws:sagemaker:${target.region}:${target.account}:endpoint/${name}`
  const endpoint = await endpoints.get(tx, arn)
  const under = await activityUnderWay(tx.db, target)
  if (under) {
    const state = judge(under, endpoint, variant)
    await updateActivity(tx, target, under, { ...state, now })
    if (state.status === 'InProgress' || state.status === 'Pending') return lookMs
    if (state.status === 'Successful') await coolDown(tx, under, now)
  }
  return decide(tx, target, { endpoint, variant, now })
}

const countOf = ({ live }: EndpointRow, variant: string): number =>
  live?.hosts.filter(host => host.variant === variant).length ?? 0

const has = ({ live }: EndpointRow, variant: string): boolean =>
  live?.variants.some(({ name }) => name === variant) ?? false

const notSet = (to: number, why: string) => ({
  status: 'Failed' as const,
  message: `Failed to set desired instance count to ${to}. Reason: ${why.replace(/\.?$/, '.')} It is not tried again for five minutes.`,
})

/** How a change of instances stands, by its endpoint. */
function judge(
  row: ActivityRow,
  endpoint: EndpointRow | undefined,
  variant: string,
): { status: ActivityStatus; message: string } {
  const to = documentOf(row).change?.to ?? 0
  const failed = (why: string) => notSet(to, why)
  if (!endpoint) return failed('The endpoint was deleted.')
  if (endpoint.target && waits(endpoint)) {
    const message = `Waiting for capacity of this machine to set desired instance count to ${to}.`
    return { status: 'Pending', message }
  }
  if (endpoint.status === 'Updating' || endpoint.status === 'RollingBack') {
    const message = `Successfully set desired instance count to ${to}. Waiting for change to be fulfilled by sagemaker.`
    return { status: 'InProgress', message }
  }
  if (countOf(endpoint, variant) === to) {
    const message = `Successfully set desired instance count to ${to}. Change successfully fulfilled by sagemaker.`
    return { status: 'Successful', message }
  }
  if (endpoint.failureReason !== undefined) return failed(endpoint.failureReason)
  return { status: 'Overridden', message: `Another change set the instance count to ${countOf(endpoint, variant)}.` }
}

/** What a policy has done cools down from when it is there. */
async function coolDown(tx: Transaction, row: ActivityRow, now: number): Promise<void> {
  const { change } = documentOf(row)
  if (change?.policyArn === undefined) return
  const { policyArn: arn, from, to } = change
  const policy = await tx.db.selectFrom('scaling_policy').select('cooling').where('arn', '=', arn).executeTakeFirst()
  if (!policy) return
  const cooling = JSON.stringify({ ...JSON.parse(policy.cooling), [to > from ? 'out' : 'in']: { at: now, from } })
  await tx.db.updateTable('scaling_policy').set({ cooling }).where('arn', '=', arn).execute()
}

interface Scaled {
  readonly endpoint: EndpointRow | undefined
  readonly variant: string
  readonly now: number
}

async function decide(
  tx: Transaction,
  target: TargetRow,
  { endpoint, variant, now }: Scaled,
): Promise<number | undefined> {
  const policies = await tx.db.selectFrom('scaling_policy').selectAll().where('target_arn', '=', target.arn).execute()
  const isReady = endpoint?.live && (endpoint.status === 'InService' || endpoint.status === 'Failed')
  // It changes already: who calls does so again in a minute.
  if (!endpoint || !isReady || !has(endpoint, variant))
    return changing.has(endpoint?.status ?? '') ? otherChangeMs : undefined
  const suspended = suspendedOf(target)
  const decision = decideScaling({
    ...{ now, capacity: countOf(endpoint, variant), least: target.least, most: target.most },
    isInSuspended: suspended.DynamicScalingInSuspended ?? false,
    isOutSuspended: suspended.DynamicScalingOutSuspended ?? false,
    calls: policyCalls(policies, now),
    isHeld: await isHeld(tx.db, policies),
  })
  await tx.db.updateTable('scaling_policy').set({ called: null }).where('target_arn', '=', target.arn).execute()
  if (decision.do === 'tell')
    await tellNotScaled(tx, target, { now, cause: causeOf(decision.call), reason: decision.reason })
  if (decision.do !== 'scale') return undefined
  const { to, cause, call } = decision
  const pause = await pauseOf(tx.db, target, to, now)
  if (pause > 0) return pause
  const desired = [{ VariantName: variant, DesiredInstanceCount: to }]
  const refused = await changeCapacities(tx, endpoint, desired, new Date(now)).then(() => undefined, refusalOf)
  await insertActivity(tx, target, {
    ...{ now, status: 'InProgress' },
    document: {
      ...{ description: `Setting desired instance count to ${to}.`, cause },
      message: `Successfully set desired instance count to ${to}. Waiting for change to be fulfilled by sagemaker.`,
      change: { from: countOf(endpoint, variant), to, ...(call && { policyArn: call.policyArn }) },
    },
  })
  const begun = refused === undefined ? undefined : await activityUnderWay(tx.db, target)
  if (begun) await updateActivity(tx, target, begun, { ...notSet(to, refused as string), now })
  return lookMs
}

/** What the account's quota says of a change; nothing was written then. */
function refusalOf(error: unknown): string {
  if (error instanceof ResourceLimitExceeded) return error.message
  throw error
}

/** Milliseconds until the same may be tried that the newest change has failed at. */
async function pauseOf(db: Db, target: TargetRow, to: number, now: number): Promise<number> {
  const newest = await newestActivity(db, target, 0)
  if (newest?.status !== 'Failed' || documentOf(newest).change?.to !== to) return 0
  const since = now - (newest.ended ?? now)
  // A clock that was set back keeps nobody waiting for longer.
  return since < 0 ? 0 : pauseMs - since
}

/** Whether a policy that tracks a target, and may scale in, does not call for it. */
async function isHeld(db: Db, policies: readonly PolicyRow[]): Promise<boolean> {
  for (const { arn } of policies.flatMap(alarmsOf).filter(({ tracks }) => tracks === 'low')) {
    const alarm = await findAlarm(db, arn)
    if (alarm && alarm.state.value !== 'ALARM') return true
  }
  return false
}
