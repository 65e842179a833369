import { clock } from '../ground/clock.ts'
import type { Platform } from '../service/context.ts'
import { ongoing } from '../service/ongoing-status.ts'

/** Kinds of resources that have containers; the type in their ARNs. */
const kinds = ['training-job', 'transform-job', 'endpoint', 'inference-component']

/** Wakes the reconciler of a resource when the engine tells that one of its containers changed; of all, after a gap. */
export async function followEngine(platform: Platform, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await wakeAll(platform)
      for await (const arn of platform.driver.events(signal)) {
        if (arn === undefined) await wakeAll(platform)
        else await wake(platform, arn)
      }
    } catch (error) {
      if (!signal.aborted) platform.log.debug({ err: error }, 'the container engine tells nothing for the moment')
    }
    await clock.sleep(1000, signal).catch(() => {})
  }
}

async function wake({ store }: Platform, arn: string): Promise<void> {
  const kind = arn.split(':')[5]?.split('/')[0] ?? ''
  if (kinds.includes(kind)) await store.transaction(tx => tx.enqueue(kind, arn))
}

/** Everything that is under way, and every container whose resource is gone. */
export async function wakeAll(platform: Platform): Promise<void> {
  const { store } = platform
  const rows = await store.db
    .selectFrom('resource')
    .select(['kind', 'arn'])
    .where('kind', 'in', kinds)
    .where('status', 'in', ongoing)
    .execute()
  for (const { kind, arn } of rows) await store.transaction(tx => tx.enqueue(kind, arn))
  for (const { key } of await platform.driver.list()) await wake(platform, key.arn)
}
