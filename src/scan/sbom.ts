import { createHash } from 'node:crypto'
import type { InstalledPackage } from '../service/scan.ts'
import type { Db } from '../store/database.ts'
import type { ImageInventory } from './image-inventory.ts'
import { packageUrl } from './package-url.ts'

/**
 * The bill of materials of an image as CycloneDX 1.6 JSON: its operating system and every installed package with its purl. Licences
 * are not read and so not stated. The same image at the same time gives the same text. Source: ECMA-424, CycloneDX Specification.
 */
export function sbomText(digest: string, inventory: ImageInventory, created: Date): string {
  const { operatingSystem: system, packages, unread } = inventory
  const once = new Map(packages.map(one => [packageUrl(one, system), one]))
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      timestamp: created.toISOString(),
      tools: { components: [{ type: 'application', name: 'modelmart' }] },
      component: { type: 'container', 'bom-ref': digest, name: digest },
      ...(unread.length > 0 && { properties: unread.map(value => ({ name: 'modelmart:unread', value })) }),
    },
    components: [
      ...(system
        ? [
            {
              type: 'operating-system',
              'bom-ref': 'operating-system',
              name: system.id,
              ...stated(system.version),
              description: system.name,
            },
          ]
        : []),
      ...[...once].map(([purl, one]) => component(purl, one)),
    ],
    compositions: [{ aggregate: unread.length > 0 ? 'incomplete' : 'unknown', assemblies: [digest] }],
  }
  return JSON.stringify(document, undefined, 2)
}

const stated = (version: string) => (version ? { version } : {})

const component = (purl: string, { name, version, source }: InstalledPackage) => ({
  type: 'library',
  'bom-ref': purl,
  name,
  ...stated(version),
  purl,
  ...(source && { properties: [{ name: 'modelmart:source', value: `${source.name} ${source.version}` }] }),
})

/** A UUID of version 8 made of the digest, so that the document of an image has one name. Source: RFC 9562, section 5.8. */
function uuidOf(digest: string): string {
  const hex = createHash('sha256').update(`modelmart sbom ${digest}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** Stores the document of an image that is scanned, once. */
export async function keepSbom(db: Db, digest: string, inventory: ImageInventory, now: Date): Promise<void> {
  if (await storedSbom(db, digest)) return
  await db
    .insertInto('image_sbom')
    .values({ digest, created: now.getTime(), content: sbomText(digest, inventory, now) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** The document that was stored when the image was first scanned. */
export async function storedSbom(db: Db, digest: string): Promise<string | undefined> {
  const row = await db.selectFrom('image_sbom').select('content').where('digest', '=', digest).executeTakeFirst()
  return row?.content
}
