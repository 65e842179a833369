import type { ImageSource } from '../driver/driver.ts'
import type { Images } from '../service/images.ts'
import type { Scanner, ScanReport } from '../service/scan.ts'
import { createImageFiles, type ImageFiles } from './image-files.ts'
import { inventory } from './inventory.ts'
import { layerChanges } from './layer-changes.ts'
import { operatingSystem } from './operating-system.ts'
import { current, type ScanPolicy } from './policy.ts'
import { createScanBudget, type ScanLimits, scanLimits } from './scan-budget.ts'
import { UnreadableLayer } from './unreadable-layer.ts'
import { verdict } from './verdict.ts'

export interface ScannerParts {
  readonly images: Pick<Images, 'source'>
  /** `current` unless given. */
  readonly policy?: ScanPolicy
  readonly now: () => Date
  readonly limits?: ScanLimits
}

/**
 * Looks for the operating system and the installed packages of images, reading each layer once as a stream. An image passes when its
 * operating system is one of the policy's; layers that are damaged, hostile or too large block it and are named in the report.
 */
export function createScanner({ images, policy = current, now, limits = scanLimits }: ScannerParts): Scanner {
  return {
    async scan(digest): Promise<ScanReport> {
      const read = await readLayers(await images.source(digest), limits)
      if (typeof read === 'string') return { packages: [], unread: [], policy: policy.name, blocked: read }
      const system = operatingSystem(read)
      const { packages, unread } = await inventory(read)
      const blocked = verdict(system, policy, now())
      return {
        ...(system && { operatingSystem: system }),
        packages,
        unread,
        policy: policy.name,
        ...(blocked && { blocked }),
      }
    },
  }
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
