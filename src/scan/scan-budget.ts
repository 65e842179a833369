import { UnreadableLayer } from './unreadable-layer.ts'

/** Bounds of one scan, over all layers of the image. Sizes in bytes. */
export interface ScanLimits {
  /** Unpacked layers. */
  readonly unpackedBytes: number
  /** How many times its compressed size a layer may unpack to, once it is larger than `freeBytes`. */
  readonly expansion: number
  readonly freeBytes: number
  /** Members of all archives. */
  readonly entries: number
  /** Content and members kept for the inventory. */
  readonly keptBytes: number
  readonly keptEntries: number
}

/** Wide enough for the largest images of deep learning frameworks, tight enough that a bomb ends within seconds. */
export const scanLimits: ScanLimits = {
  unpackedBytes: 64 * 1024 ** 3,
  expansion: 150,
  freeBytes: 1024 ** 3,
  entries: 3_000_000,
  keptBytes: 384 * 1024 ** 2,
  keptEntries: 10_000,
}

/** Counts what a scan takes and throws UnreadableLayer beyond a limit. */
export interface ScanBudget {
  /** Counts unpacked bytes of a layer of `compressed` bytes, of which `layerBytes` are unpacked by now. */
  unpack(bytes: number, layerBytes: number, compressed: number): void
  entry(): void
  keep(bytes: number): void
}

export function createScanBudget(limits: ScanLimits): ScanBudget {
  const used = { unpackedBytes: 0, entries: 0, keptBytes: 0, keptEntries: 0 }
  const take = (what: keyof typeof used, amount: number, words: string) => {
    used[what] += amount
    if (used[what] > limits[what]) throw new UnreadableLayer(`the image has more than ${limits[what]} ${words}`)
  }
  return {
    unpack(bytes, layerBytes, compressed) {
      take('unpackedBytes', bytes, 'bytes when unpacked, the most that is scanned')
      if (layerBytes > limits.freeBytes && layerBytes > compressed * limits.expansion)
        throw new UnreadableLayer(
          `it unpacks to more than ${limits.expansion} times its ${compressed} bytes, as decompression bombs do`,
        )
    },
    entry: () => take('entries', 1, 'files, the most that is scanned'),
    keep(bytes) {
      take('keptBytes', bytes, 'bytes of package databases, the most that is read')
      take('keptEntries', 1, 'entries of package databases, the most that is read')
    },
  }
}
