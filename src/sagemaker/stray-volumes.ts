import { join, sep } from 'node:path'
import { removeTree } from '../ground/remove-tree.ts'
import type { Platform } from '../service/context.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { removeVolumes, volumesBelow } from '../workload/volume.ts'

/**
 * Removes the volumes of workloads that nothing here knows about: no row, and no wish to remove them. To be called before any
 * reconciler runs; what a workload still has to do with its volumes is its reconciler's.
 */
export async function removeStrayVolumes({ store, workDirectory, log }: Platform): Promise<void> {
  const mounts = await volumesBelow(workDirectory)
  if (mounts.length === 0) return
  const rows = await store.db.selectFrom('resource').select('arn').execute()
  const wishes = await store.db.selectFrom('work').select('key').execute()
  const known = new Set(
    [...rows.map(({ arn }) => arn), ...wishes.map(({ key }) => key)].map(arn => workloadDirectory(workDirectory, arn)),
  )
  // The work directory itself may be somebody's mount.
  const inside = mounts.filter(({ below }) => below !== '')
  const found = new Set(inside.map(({ below }) => join(workDirectory, below.split(sep)[0] as string)))
  for (const directory of found) {
    if (known.has(directory)) continue
    log.warn({ directory }, 'a volume that belongs to no workload is removed')
    await removeVolumes(directory)
    await removeTree(directory)
  }
}
