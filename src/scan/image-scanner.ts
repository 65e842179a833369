import type { ImageScanFinding } from '@aws-sdk/client-ecr'
import type { ImageSource } from '../driver/driver.ts'
import type { Vulnerability } from '../service/scan.ts'
import type { Store } from '../store/store.ts'
import { findVulnerabilities } from './find-vulnerabilities.ts'
import type { ImageInventories } from './image-inventory.ts'

interface Parts {
  readonly store: Store
  readonly inventories: ImageInventories
  readonly now: () => Date
}

/** Looks for known vulnerabilities as ECR's image scans give them. Source: ECR API Reference, ImageScanFinding. */
export function createImageScanner({ store, inventories, now }: Parts) {
  return {
    /** Why no image can be scanned now; undefined when they can. */
    async unready(): Promise<string | undefined> {
      const known = await store.db.selectFrom('vulnerability_source').select('ecosystem').limit(1).executeTakeFirst()
      return known ? undefined : 'This registry has no vulnerability data and cannot scan images'
    },
    /** Throws an Error that says why an image cannot be judged; a finding that the operator excepted says so. */
    async scan(image: ImageSource): Promise<{ findings: ImageScanFinding[]; sourceUpdatedAt: Date }> {
      const { operatingSystem, packages, unread, unreadable } = await inventories.of(image.digest, async () => image)
      if (unreadable) throw new Error(unreadable)
      // Half a list of packages would look like a clean one.
      if (unread.length > 0) throw new Error(`The packages of the image cannot be read: ${unread.join('; ')}`)
      const found = await findVulnerabilities(store.db, operatingSystem, packages, now())
      if ('unchecked' in found) throw new Error(`UnsupportedImageError: ${found.unchecked}`)
      return { findings: found.vulnerabilities.map(finding), sourceUpdatedAt: found.dataFrom }
    },
  }
}

function finding(one: Vulnerability): ImageScanFinding {
  const scale = one.vector?.startsWith('CVSS:4') ? 'CVSS4' : 'CVSS3'
  const attributes = {
    package_name: one.package,
    package_version: one.version,
    fixed_version: one.fixedIn,
    [`${scale}_SCORE`]: one.score?.toFixed(1),
    [`${scale}_VECTOR`]: one.vector,
    osv_record: one.record,
    cves: one.cves.length > 1 ? one.cves.join(' ') : undefined,
    exception_reason: one.exception?.reason,
    exception_until: one.exception?.until.toISOString(),
  }
  return {
    name: one.name,
    severity: one.severity,
    uri: one.uri,
    ...(one.summary && { description: one.summary }),
    attributes: Object.entries(attributes)
      .filter(([, value]) => value)
      .map(([key, value]) => ({ key, value: value?.slice(0, longestValue) })),
  }
}

/** Of an attribute, by the API's model. */
const longestValue = 256
