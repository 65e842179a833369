import type { SecurityLog } from './audit/security-log.ts'
import { sweepScalingActivities } from './autoscaling/scaling-activity.ts'
import { sweepDeadLetters } from './delivery/dead-letter.ts'
import type { LayerUploads } from './ecr/layer-upload.ts'
import { collectRegistry } from './ecr/registry-collection.ts'
import { clock } from './ground/clock.ts'
import { destroyDueKeys } from './kms/key-deletion.ts'
import { sweepLogs } from './logs/logs-sweep.ts'
import { sweepAlarmHistory } from './metrics/alarm/alarm-history.ts'
import { sweepMetrics } from './metrics/metrics-sweep.ts'
import type { Reconciler } from './reconcile/reconciler.ts'
import { sweepLifecycles } from './s3/lifecycle-sweep.ts'
import type { Platform } from './service/context.ts'
import { sweepSubscriptions } from './sns/unsubscribe.ts'
import { collect } from './store/blob-references.ts'

const kind = 'maintenance'
const minute = 60_000
const hour = 60 * minute

/** What is done every so often, each a key of one reconciler, so that it too survives crashes and never runs twice at once. */
export function openMaintenance(platform: Platform, uploads: LayerUploads, securityLog: SecurityLog) {
  const { store, blobs, now } = platform
  const chores: Record<string, { every: number; run: () => Promise<unknown> }> = {
    'security log': { every: minute, run: () => securityLog.follow() },
    'security log retention': { every: hour, run: () => securityLog.sweep(now()) },
    'log retention': { every: minute, run: () => sweepLogs(store, now()) },
    'metric retention': { every: hour, run: () => sweepMetrics(store, now()) },
    'scaling activities': { every: hour, run: () => sweepScalingActivities(store, now()) },
    'alarm history': { every: hour, run: () => sweepAlarmHistory(store, now()) },
    'dead letters': { every: hour, run: () => sweepDeadLetters(store, now()) },
    'subscriptions that ended': { every: hour, run: () => sweepSubscriptions(store, now()) },
    'bucket lifecycles': { every: hour, run: () => sweepLifecycles(platform) },
    'registry collection': { every: hour, run: () => collectRegistry({ store, uploads, now }) },
    'room of the database': { every: hour, run: () => store.shrink() },
    'key deletion': { every: hour, run: () => destroyDueKeys(store, now()) },
    'blob collection': { every: hour, run: () => collect(store, blobs, { olderThan: new Date(clock.now() - hour) }) },
  }
  const reconcile: Reconciler = async key => {
    const chore = chores[key]
    if (!chore) return
    await chore.run()
    return { after: chore.every }
  }
  return {
    reconcilers: { [kind]: reconcile },
    /** The first round is a minute after the start, out of the way of what the start has to do. */
    begin: () =>
      store.transaction(async tx => {
        for (const key of Object.keys(chores)) await tx.enqueue(kind, key, new Date(clock.now() + minute))
      }),
  }
}
