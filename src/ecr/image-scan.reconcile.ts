import type { ImageScanFinding } from '@aws-sdk/client-ecr'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Images } from '../service/images.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import { contentOf } from './image.ts'
import { tellScan } from './image-event.ts'
import { missingBlobs } from './image-parts.ts'
import type { ImageScan } from './image-scan.ts'
import type { ImageScanner } from './image-scan-support.ts'
import { readManifest } from './manifest.ts'

interface Parts {
  readonly store: Store
  readonly images: Pick<Images, 'source'>
  readonly scanner: ImageScanner
  readonly now: () => Date
}

/**
 * Carries out a requested scan. The key is the repository's id and the image's digest. A scan that fails says why, and ends; so does
 * one for which there are no vulnerability data. `FAILED` is the status that clients' waiters know.
 */
export const imageScanReconciler =
  ({ store, images, scanner, now }: Parts): Reconciler =>
  async (key, signal) => {
    const [repository = '', digest = ''] = key.split(' ')
    const scan = store.db
      .selectFrom('ecr_image_scan')
      .select('started')
      .where('repository', '=', repository)
      .where('digest', '=', digest)
    const requested = await scan.where('status', '=', 'IN_PROGRESS').executeTakeFirst()
    if (!requested) return
    const change = await outcome({ store, images, scanner }, repository, digest, signal)
    signal.throwIfAborted()
    const { findings, ...scanned } = { findings: [], ...change }
    const counts = countsOf(findings)
    await store.transaction(async tx => {
      const { db } = tx
      const { numUpdatedRows } = await db
        .updateTable('ecr_image_scan')
        .set({ ...scanned, completed: now().getTime(), severity_counts: JSON.stringify(counts) })
        .where('repository', '=', repository)
        .where('digest', '=', digest)
        .where('started', '=', requested.started)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n) return
      await keepFindings(db, repository, digest, JSON.stringify(findings))
      await tellScan(tx, repository, digest, { status: change.status ?? 'FAILED', counts })
    })
  }

const countsOf = (findings: readonly ImageScanFinding[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(findings, finding => finding.severity ?? 'UNDEFINED')).map(([severity, some]) => [
      severity,
      some.length,
    ]),
  )

async function keepFindings(db: Db, repository: string, digest: string, findings: string): Promise<void> {
  await db
    .insertInto('ecr_image_scan_findings')
    .values({ repository, digest, findings })
    .onConflict(conflict => conflict.columns(['repository', 'digest']).doUpdateSet({ findings }))
    .execute()
}

type Outcome = Partial<ImageScan> & { readonly findings?: readonly ImageScanFinding[] }

async function outcome(
  { store, images, scanner }: Omit<Parts, 'now'>,
  repository: string,
  digest: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const unready = await scanner.unready?.()
  if (unready) return { status: 'FAILED', description: `Findings are unavailable: ${unready}` }
  try {
    await requireOwnLayers(store.db, repository, digest)
    const { findings, sourceUpdatedAt } = await scanner.scan(await images.source(digest), signal)
    return { status: 'COMPLETE', findings, source_updated: sourceUpdatedAt?.getTime() ?? 0 }
  } catch (error) {
    return { status: 'FAILED', description: (error as Error).message }
  }
}

/** What an image only names is not looked into: it would tell of other repositories' layers. */
async function requireOwnLayers(db: Db, repository: string, digest: string): Promise<void> {
  const manifest = readManifest(Buffer.from(await contentOf(db, { digest })))
  const [missing] = await missingBlobs(db, repository, manifest)
  if (missing) throw new Error(`UnsupportedImageError: the layer ${missing} is not in the repository`)
}
