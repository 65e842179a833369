import { clock } from '../ground/clock.ts'
import { findAlarm } from '../metrics/alarm/alarm.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { ResourceLimitExceeded } from '../sagemaker/sagemaker-error.ts'
import type { Db } from '../store/database.ts'
import type { Store, Transaction } from '../store/store.ts'
import { policyCalls } from './policy-call.ts'
import { suspendedOf, type TargetRow } from './scalable-target.ts'
import { type ScaledResource, scaledResource } from './scaled-resource.ts'
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

/** How often a change of instances is looked at until it has ended; and an endpoint that changes for other reasons. */
const lookMs = 2000
const otherChangeMs = 30_000
/** What has failed is not tried again before: a machine that has no room for it will hardly have some at once. */
const pauseMs = 5 * 60_000

/** Counts instances of a variant, or copies of a component, by its rules. A key is the ARN of a scalable target; all that it does is one commit. */
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
  const scaled = await scaledResource(tx, target)
  const under = await activityUnderWay(tx.db, target)
  if (under) {
    const state = judge(under, scaled, target)
    await updateActivity(tx, target, under, { ...state, now })
    if (state.status === 'InProgress' || state.status === 'Pending') return lookMs
    if (state.status === 'Successful') await coolDown(tx, under, now)
  }
  return decide(tx, target, scaled, now)
}

const notSet = (counted: ScaledResource['counted'], to: number, why: string) => ({
  status: 'Failed' as const,
  message: `Failed to set desired ${counted} to ${to}. Reason: ${why.replace(/\.?$/, '.')} It is not tried again for five minutes.`,
})

/** How a change of a number stands, by what is scaled. */
function judge(
  row: ActivityRow,
  scaled: ScaledResource | undefined,
  { resource }: TargetRow,
): { status: ActivityStatus; message: string } {
  const to = documentOf(row).change?.to ?? 0
  const counted = scaled?.counted ?? (resource.startsWith('endpoint/') ? 'instance count' : 'copy count')
  const failed = (why: string) => notSet(counted, to, why)
  if (!scaled) return failed(`The ${counted === 'copy count' ? 'inference component' : 'endpoint'} was deleted.`)
  if (scaled.waits) {
    const message = `Waiting for capacity of this machine to set desired ${counted} to ${to}.`
    return { status: 'Pending', message }
  }
  if (scaled.isChanging) {
    const message = `Successfully set desired ${counted} to ${to}. Waiting for change to be fulfilled by sagemaker.`
    return { status: 'InProgress', message }
  }
  if (scaled.count === to) {
    const message = `Successfully set desired ${counted} to ${to}. Change successfully fulfilled by sagemaker.`
    return { status: 'Successful', message }
  }
  if (scaled.failureReason !== undefined) return failed(scaled.failureReason)
  return { status: 'Overridden', message: `Another change set the ${counted} to ${scaled.count}.` }
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

async function decide(
  tx: Transaction,
  target: TargetRow,
  scaled: ScaledResource | undefined,
  now: number,
): Promise<number | undefined> {
  const policies = await tx.db.selectFrom('scaling_policy').selectAll().where('target_arn', '=', target.arn).execute()
  // It changes already: who calls does so again in a minute.
  if (!scaled?.isReady) return scaled?.isChanging ? otherChangeMs : undefined
  const suspended = suspendedOf(target)
  const decision = decideScaling({
    ...{ now, capacity: scaled.count, least: target.least, most: target.most },
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
  const refused = await scaled.scale(to, new Date(now)).then(() => undefined, refusalOf)
  await insertActivity(tx, target, {
    ...{ now, status: 'InProgress' },
    document: {
      ...{ description: `Setting desired ${scaled.counted} to ${to}.`, cause },
      message: `Successfully set desired ${scaled.counted} to ${to}. Waiting for change to be fulfilled by sagemaker.`,
      change: { from: scaled.count, to, ...(call && { policyArn: call.policyArn }) },
    },
  })
  const begun = refused === undefined ? undefined : await activityUnderWay(tx.db, target)
  if (begun) await updateActivity(tx, target, begun, { ...notSet(scaled.counted, to, refused as string), now })
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
