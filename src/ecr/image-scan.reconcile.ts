import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Images } from '../service/images.ts'
import type { Store } from '../store/store.ts'
import type { ImageScan } from './image-scan.ts'
import type { ImageScanner } from './image-scan-support.ts'

interface Parts {
  readonly store: Store
  readonly images: Pick<Images, 'source'>
  readonly scanner: ImageScanner
  readonly now: () => Date
}

/** Carries out a requested scan. The key is the repository's id and the image's digest. A scan that fails says why, and ends. */
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
    const change = await outcome({ images, scanner }, digest, signal)
    signal.throwIfAborted()
    await store.db
      .updateTable('ecr_image_scan')
      .set({ ...change, completed: now().getTime() })
      .where('repository', '=', repository)
      .where('digest', '=', digest)
      .where('started', '=', requested.started)
      .execute()
  }

async function outcome(
  { images, scanner }: Pick<Parts, 'images' | 'scanner'>,
  digest: string,
  signal: AbortSignal,
): Promise<Partial<ImageScan>> {
  try {
    const { findings, sourceUpdatedAt } = await scanner.scan(await images.source(digest), signal)
    return { status: 'COMPLETE', findings: JSON.stringify(findings), source_updated: sourceUpdatedAt?.getTime() ?? 0 }
  } catch (error) {
    return { status: 'FAILED', description: (error as Error).message }
  }
}
