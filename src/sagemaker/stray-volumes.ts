import type { Platform } from '../service/context.ts'

/**
 * Removes the volumes of workloads that nothing here knows about: no row, and no wish to remove them. To be called before any
 * reconciler runs; what a workload still has to do with its volumes is its reconciler's.
 */
export async function removeStrayVolumes({ store, workspace, log }: Platform): Promise<void> {
  const removed = await workspace.removeStrays(async () => {
    const rows = await store.db.selectFrom('resource').select('arn').execute()
    const wishes = await store.db.selectFrom('work').select('key').execute()
    return [...rows.map(({ arn }) => arn), ...wishes.map(({ key }) => key)]
  })
  for (const place of removed) log.warn({ place }, 'a volume that belonged to no workload was removed')
}
