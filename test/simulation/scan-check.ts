import type { World } from './world.ts'

const scans = ({ store }: World) => store.db.selectFrom('ecr_image_scan').select(['digest', 'status'])

/** Scans of images that have not ended. */
export async function unscanned(world: World): Promise<string[]> {
  const going = await scans(world).where('status', '=', 'IN_PROGRESS').execute()
  return going.map(({ digest }) => `a scan of ${digest.slice(0, 15)}`)
}

/** A scan that says that it is complete has its findings, be it that there are none. */
export async function checkScans({ store, violations }: World): Promise<void> {
  const without = await store.db
    .selectFrom('ecr_image_scan as scan')
    .leftJoin('ecr_image_scan_findings as found', on =>
      on.onRef('found.repository', '=', 'scan.repository').onRef('found.digest', '=', 'scan.digest'),
    )
    .select('scan.digest')
    .where('scan.status', '=', 'COMPLETE')
    .where('found.findings', 'is', null)
    .execute()
  for (const { digest } of without) violations.push(`the scan of ${digest.slice(0, 15)} has lost its findings`)
}
