import type { Migration } from '../migration.ts'

export interface ScanTables {
  vulnerability: VulnerabilityTable
  vulnerability_affected: VulnerabilityAffectedTable
  vulnerability_source: VulnerabilitySourceTable
  vulnerability_exception: VulnerabilityExceptionTable
  image_inventory: ImageInventoryTable
  image_sbom: ImageSbomTable
}

/** OSV records, once each. */
export interface VulnerabilityTable {
  id: string
  modified: number
  /** 0 or 1. A withdrawn record stays without anything affected, so that an older copy cannot bring it back. */
  withdrawn: number
  /** The one CVE that it is about, else its own id. */
  name: string
  /** JSON array. */
  cves: string
  summary: string
  uri: string
}

/** What a record says of one package of one ecosystem. */
export interface VulnerabilityAffectedTable {
  /** `Debian:12`, `Red Hat:9`: as `src/scan/ecosystem.ts` spells them. */
  ecosystem: string
  package: string
  vulnerability: string
  /** A record may speak of a package more than once. */
  ordinal: number
  severity: string
  /** CVSS base score times ten; -1 when there is none. */
  score: number
  /** CVSS vector; empty for none. */
  vector: string
  /** JSON array of ranges, each an array of `[event, version]` in the order of the versions. */
  ranges: string
  /** JSON array of affected versions that lie in none of the ranges. */
  versions: string
}

/** Of which ecosystems there are data, and how old they are. */
export interface VulnerabilitySourceTable {
  ecosystem: string
  /** When the newest record on it was modified. */
  newest: number
  imported: number
}

/** Vulnerabilities that the operator lets pass until a day. */
export interface VulnerabilityExceptionTable {
  /** A CVE, or the id of a record. */
  id: string
  /** Empty for every package. */
  package: string
  reason: string
  /** First moment at which it does not count any more. */
  until: number
  created: number
}

/** What was read of an image's layers, which never changes. */
export interface ImageInventoryTable {
  digest: string
  /** Which revision of the reader read it; another one reads again. */
  reader: number
  scanned: number
  /** JSON. */
  content: string
}

/** CycloneDX documents of images that were scanned for a certification. */
export interface ImageSbomTable {
  digest: string
  created: number
  content: string
}

export const scanMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-scan',
    async up(db) {
      await db.schema
        .createTable('vulnerability')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('modified', 'bigint', column => column.notNull())
        .addColumn('withdrawn', 'integer', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('cves', 'text', column => column.notNull())
        .addColumn('summary', 'text', column => column.notNull())
        .addColumn('uri', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createTable('vulnerability_affected')
        .addColumn('ecosystem', 'text', column => column.notNull())
        .addColumn('package', 'text', column => column.notNull())
        .addColumn('vulnerability', 'text', column => column.notNull())
        .addColumn('ordinal', 'integer', column => column.notNull())
        .addColumn('severity', 'text', column => column.notNull())
        .addColumn('score', 'integer', column => column.notNull())
        .addColumn('vector', 'text', column => column.notNull())
        .addColumn('ranges', 'text', column => column.notNull())
        .addColumn('versions', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('vulnerability_affected_key', ['ecosystem', 'package', 'vulnerability', 'ordinal'])
        .execute()
      await db.schema
        .createIndex('vulnerability_affected_by_vulnerability')
        .on('vulnerability_affected')
        .columns(['vulnerability'])
        .execute()
      await db.schema
        .createTable('vulnerability_source')
        .addColumn('ecosystem', 'text', column => column.primaryKey())
        .addColumn('newest', 'bigint', column => column.notNull())
        .addColumn('imported', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createTable('vulnerability_exception')
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('package', 'text', column => column.notNull())
        .addColumn('reason', 'text', column => column.notNull())
        .addColumn('until', 'bigint', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('vulnerability_exception_key', ['id', 'package'])
        .execute()
      await db.schema
        .createTable('image_inventory')
        .addColumn('digest', 'text', column => column.primaryKey())
        .addColumn('reader', 'integer', column => column.notNull())
        .addColumn('scanned', 'bigint', column => column.notNull())
        .addColumn('content', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createTable('image_sbom')
        .addColumn('digest', 'text', column => column.primaryKey())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('content', 'text', column => column.notNull())
        .execute()
    },
  },
]
