import type { Images } from '../service/images.ts'
import type { Scanner, ScanReport } from '../service/scan.ts'
import type { Store } from '../store/store.ts'
import { findVulnerabilities } from './find-vulnerabilities.ts'
import type { ImageInventories } from './image-inventory.ts'
import { chosenPolicy } from './policy-choice.ts'
import { keepSbom } from './sbom.ts'
import type { ScanPolicy } from './scan-policy.ts'
import { verdict } from './verdict.ts'
import { vulnerabilityVerdict } from './vulnerability-verdict.ts'

export interface ScannerParts {
  readonly images: Pick<Images, 'source'>
  readonly store: Store
  readonly inventories: ImageInventories
  /** The one that the operator chose unless given. */
  readonly policy?: ScanPolicy
  readonly now: () => Date
}

/**
 * Judges images for certification: by their operating system, by the known vulnerabilities of their packages, and by whether their
 * layers can be read at all. Layers are read once for each image; data, policy, exceptions and the day are looked at anew each time.
 */
export function createScanner({ images, store, inventories, policy, now }: ScannerParts): Scanner {
  const inventoryOf = (digest: string) => inventories.of(digest, () => images.source(digest))

  return {
    async scan(digest): Promise<ScanReport> {
      const { unreadable, ...inventory } = await inventoryOf(digest)
      const judge = policy ?? (await chosenPolicy(store.db))
      if (unreadable) return { ...inventory, policy: judge.name, blocked: unreadable }
      const { operatingSystem: system, packages } = inventory
      const findings = await findVulnerabilities(store.db, system, packages, now())
      const blocked = verdict(system, judge, now()) ?? vulnerabilityVerdict(findings, judge)
      await keepSbom(store.db, digest, inventory, now())
      return { ...inventory, ...findings, policy: judge.name, ...(blocked && { blocked }) }
    },
    prepare(digests) {
      for (const digest of new Set(digests)) inventoryOf(digest).catch(() => {})
    },
  }
}
