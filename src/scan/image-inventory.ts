import type { ImageSource } from '../driver/driver.ts'
import type { ScanReport } from '../service/scan.ts'
import type { Store } from '../store/store.ts'
import { createImageFiles, type ImageFiles } from './image-files.ts'
import { inventory } from './inventory.ts'
import { layerChanges } from './layer-changes.ts'
import { operatingSystem } from './operating-system.ts'
import { createScanBudget, type ScanLimits } from './scan-budget.ts'
import { UnreadableLayer } from './unreadable-layer.ts'

/** What an image is made of; the same for ever, since its digest names its content. */
export interface ImageInventory extends Pick<ScanReport, 'operatingSystem' | 'packages' | 'unread'> {
  /** A sentence on the layer that cannot be read; nothing is known of the image then. */
  readonly unreadable?: string
}

export interface ImageInventories {
  /** Reads the image unless that was done before; two who ask at the same time wait for the same reading. */
  of(digest: string, source: () => Promise<ImageSource>): Promise<ImageInventory>
  /** What was read before. */
  known(digest: string): Promise<ImageInventory | undefined>
}

/** Raised when what is read of an image changes, so that images are read again. */
const reader = 2
/** What no one asked for so long is read again. */
const keptMs = 90 * 24 * 3_600_000

export function createImageInventories(store: Store, now: () => Date, limits: ScanLimits): ImageInventories {
  const underWay = new Map<string, Promise<ImageInventory>>()
  const lanes = createLanes(2)

  async function known(digest: string): Promise<ImageInventory | undefined> {
    const row = await store.db
      .selectFrom('image_inventory')
      .select('content')
      .where('digest', '=', digest)
      .where('reader', '=', reader)
      .executeTakeFirst()
    return row && JSON.parse(row.content)
  }

  async function readAndKeep(digest: string, source: () => Promise<ImageSource>): Promise<ImageInventory> {
    const before = await known(digest)
    if (before) return before
    const found = await lanes(async () => readImage(await source(), limits))
    const scanned = now().getTime()
    const row = { reader, scanned, content: JSON.stringify(found) }
    await store.transaction(async ({ db }) => {
      await db
        .deleteFrom('image_inventory')
        .where('scanned', '<', scanned - keptMs)
        .execute()
      await db
        .insertInto('image_inventory')
        .values({ digest, ...row })
        .onConflict(conflict => conflict.column('digest').doUpdateSet(row))
        .execute()
    })
    return found
  }

  return {
    known,
    of(digest, source) {
      const reading = underWay.get(digest) ?? readAndKeep(digest, source).finally(() => underWay.delete(digest))
      underWay.set(digest, reading)
      return reading
    },
  }
}

/** Reading takes the processor and memory: more at once would be no faster. */
function createLanes(count: number) {
  const lanes: Promise<unknown>[] = Array.from({ length: count }, () => Promise.resolve())
  let turn = 0
  return <T>(work: () => Promise<T>): Promise<T> => {
    const lane = turn++ % count
    const done = (lanes[lane] as Promise<unknown>).then(work)
    lanes[lane] = done.catch(() => {})
    return done
  }
}

async function readImage(image: ImageSource, limits: ScanLimits): Promise<ImageInventory> {
  const files = await readLayers(image, limits)
  if (typeof files === 'string') return { packages: [], unread: [], unreadable: files }
  const system = operatingSystem(files)
  return { ...(system && { operatingSystem: system }), ...(await inventory(files)) }
}

/** The files of interest, or a sentence on the layer that cannot be read. */
async function readLayers({ layers }: ImageSource, limits: ScanLimits): Promise<ImageFiles | string> {
  const budget = createScanBudget(limits)
  const files = createImageFiles()
  for (const [index, layer] of layers.entries())
    try {
      files.apply(await layerChanges(layer, budget), layer.digest)
    } catch (error) {
      if (!(error instanceof UnreadableLayer)) throw error
      return `Layer ${index + 1} of ${layers.length} (${layer.digest}) cannot be scanned: ${error.message}. Rebuild the image and push it again.`
    }
  return files
}
