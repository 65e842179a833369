import { type Kysely, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { type EcrRegistryTables, ecrRegistryMigrations } from './ecr-registry-tables.ts'

export interface EcrTables extends EcrRegistryTables {
  ecr_repository: EcrRepositoryTable
  ecr_manifest: EcrManifestTable
  ecr_manifest_child: EcrManifestChildTable
  ecr_repository_manifest: EcrRepositoryManifestTable
  ecr_referrer: EcrReferrerTable
  ecr_repository_blob: EcrRepositoryBlobTable
  ecr_tag: EcrTagTable
  ecr_upload: EcrUploadTable
  ecr_upload_part: EcrUploadPartTable
  ecr_image_hold: EcrImageHoldTable
  ecr_image_scan: EcrImageScanTable
  ecr_image_scan_findings: EcrImageScanFindingsTable
}

export interface EcrRepositoryTable {
  /** Never used again, so that a new repository of an old name inherits nothing. */
  id: string
  account: string
  region: string
  name: string
  created: number
  tag_mutability: string
  /** JSON array of wildcards that the mutability does not apply to. */
  mutability_exclusions: string
  /** 0 or 1. */
  scan_on_push: number
  /** JSON text; empty for none. */
  policy: string
  /** JSON text; empty for none. */
  lifecycle_policy: string
  /** When the lifecycle policy was last applied; 0 for never. */
  lifecycle_evaluated: number
}

/** Manifests of every repository and of held images, once each. `content` stands last: whoever reads the rest does not read it. */
export interface EcrManifestTable {
  digest: string
  /** `artifactType`, else the configuration's media type; empty for none. */
  artifact_type: string
  /** Digest of the manifest that this one refers to; empty for none. */
  subject: string
  /** Bytes of the manifest. */
  size: number
  /** Bytes of configuration and layers; of the largest image for an index. */
  image_size: number
  content: string
}

/** What a manifest consists of, whether or not it is to be had elsewhere as well. */
export interface EcrManifestChildTable {
  manifest: string
  child: string
  kind: 'blob' | 'manifest'
}

export interface EcrRepositoryManifestTable {
  repository: string
  digest: string
  /** What the manifest says it is, else what it was sent as, which each repository may have been told differently. */
  media_type: string
  pushed: number
  /** 0 for never. */
  pulled: number
}

/** A repository's manifests that refer to another one: written at the push, so that listing them reads no manifest. */
export interface EcrReferrerTable {
  repository: string
  /** Digest of what is referred to, which need not be there. */
  subject: string
  digest: string
  artifact_type: string
  /** Of `descriptor`, in bytes: up to the size of a manifest, by its annotations. */
  descriptor_size: number
  /** JSON text of the OCI descriptor that the list shows. */
  descriptor: string
}

/** A repository's blobs: each has its `blob_reference` by `ecr:repository:ID`, made and removed in the same transactions. */
export interface EcrRepositoryBlobTable {
  repository: string
  digest: string
  size: number
  /** When a client last sent, mounted or asked for it: what no image names is forgotten some time after. */
  used: number
}

export interface EcrTagTable {
  repository: string
  tag: string
  digest: string
}

/** A layer on its way in. Its bytes are in a staged file, or already a blob when they came as one stream. */
export interface EcrUploadTable {
  id: string
  repository: string
  /** Bytes that are safe. */
  received: number
  last_part: number
  /** 1 when a part that was not the last was smaller than the API allows. */
  part_too_small: number
  touched: number
}

/** A part of a layer on its way in; its blob is held by the upload. */
export interface EcrUploadPartTable {
  upload: string
  /** Of its first byte in the layer. */
  start: number
  digest: string
  size: number
}

/** Images that someone needs whatever happens to repositories. The blobs' references are by `hold:image:OWNER`. */
export interface EcrImageHoldTable {
  owner: string
  digest: string
}

export interface EcrImageScanTable {
  repository: string
  digest: string
  status: string
  description: string
  started: number
  completed: number
  source_updated: number
  /** JSON object: how many findings there are of each severity. */
  severity_counts: string
}

export interface EcrImageScanFindingsTable {
  repository: string
  digest: string
  /** JSON array of ECR's ImageScanFinding. */
  findings: string
}

export const ecrMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-ecr',
    async up(db) {
      await db.schema
        .createTable('ecr_repository')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('tag_mutability', 'text', column => column.notNull())
        .addColumn('mutability_exclusions', 'text', column => column.notNull())
        .addColumn('scan_on_push', 'integer', column => column.notNull())
        .addColumn('policy', 'text', column => column.notNull())
        .addColumn('lifecycle_policy', 'text', column => column.notNull())
        .addColumn('lifecycle_evaluated', 'bigint', column => column.notNull())
        .addUniqueConstraint('ecr_repository_name', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('ecr_manifest')
        .addColumn('digest', 'text', column => column.primaryKey())
        .addColumn('media_type', 'text', column => column.notNull())
        .addColumn('artifact_type', 'text', column => column.notNull())
        .addColumn('subject', 'text', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addColumn('image_size', 'bigint', column => column.notNull())
        .addColumn('content', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('ecr_manifest_by_subject').on('ecr_manifest').columns(['subject', 'digest']).execute()
      await db.schema
        .createTable('ecr_manifest_child')
        .addColumn('manifest', 'text', column => column.notNull())
        .addColumn('child', 'text', column => column.notNull())
        .addColumn('kind', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_manifest_child_key', ['manifest', 'child'])
        .execute()
      await db.schema.createIndex('ecr_manifest_child_by_child').on('ecr_manifest_child').columns(['child']).execute()
      await db.schema
        .createTable('ecr_repository_manifest')
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('pushed', 'bigint', column => column.notNull())
        .addColumn('pulled', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_repository_manifest_key', ['repository', 'digest'])
        .execute()
      await db.schema
        .createIndex('ecr_repository_manifest_by_digest')
        .on('ecr_repository_manifest')
        .columns(['digest'])
        .execute()
      await db.schema
        .createTable('ecr_repository_blob')
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addColumn('used', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_repository_blob_key', ['repository', 'digest'])
        .execute()
      await db.schema
        .createTable('ecr_tag')
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('tag', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_tag_key', ['repository', 'tag'])
        .execute()
      await db.schema.createIndex('ecr_tag_by_digest').on('ecr_tag').columns(['repository', 'digest']).execute()
      await db.schema
        .createTable('ecr_upload')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('received', 'bigint', column => column.notNull())
        .addColumn('blob', 'text', column => column.notNull())
        .addColumn('last_part', 'bigint', column => column.notNull())
        .addColumn('part_too_small', 'integer', column => column.notNull())
        .addColumn('touched', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createTable('ecr_image_hold')
        .addColumn('owner', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_image_hold_key', ['owner', 'digest'])
        .execute()
      await db.schema.createIndex('ecr_image_hold_by_digest').on('ecr_image_hold').columns(['digest']).execute()
      await db.schema
        .createTable('ecr_image_scan')
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('description', 'text', column => column.notNull())
        .addColumn('started', 'bigint', column => column.notNull())
        .addColumn('completed', 'bigint', column => column.notNull())
        .addColumn('source_updated', 'bigint', column => column.notNull())
        .addColumn('findings', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_image_scan_key', ['repository', 'digest'])
        .execute()
    },
  },
  {
    name: '2026-11-28-ecr-descriptors',
    async up(db) {
      await db.schema
        .createTable('ecr_referrer')
        .addColumn('repository', 'text', column => column.notNull())
        .addColumn('subject', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('artifact_type', 'text', column => column.notNull())
        .addColumn('descriptor_size', 'bigint', column => column.notNull())
        .addColumn('descriptor', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_referrer_key', ['repository', 'subject', 'digest'])
        .execute()
      await db.schema
        .createIndex('ecr_referrer_by_type')
        .on('ecr_referrer')
        .columns(['repository', 'subject', 'artifact_type', 'digest'])
        .execute()
      await db.schema
        .createIndex('ecr_referrer_by_digest')
        .on('ecr_referrer')
        .columns(['repository', 'digest'])
        .execute()
      await db.schema.dropIndex('ecr_manifest_by_subject').execute()
      await addDescriptors(db)
      await moveMediaTypes(db)
      await moveFindings(db)
    },
  },
  ...ecrRegistryMigrations,
  {
    name: '2026-11-30-ecr-upload-parts',
    async up(db) {
      await db.schema
        .createTable('ecr_upload_part')
        .addColumn('upload', 'text', column => column.notNull())
        .addColumn('start', 'bigint', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_upload_part_key', ['upload', 'start'])
        .execute()
      await sql`insert into ecr_upload_part (upload, start, digest, size)
        select id, 0, blob, received from ecr_upload where blob <> ''`.execute(db)
      // Parts that were in a file of one server: their clients begin again.
      await sql`delete from ecr_upload where blob = '' and received > 0`.execute(db)
      await db.schema.alterTable('ecr_upload').dropColumn('blob').execute()
    },
  },
]

/** Tells of manifests that were pushed before: who refers to whom, and layers that were left out because they have URLs. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
async function addDescriptors(db: Kysely<any>): Promise<void> {
  const digests = await db
    .selectFrom('ecr_manifest')
    .select('digest')
    .where(eb => eb.or([eb('subject', '!=', ''), eb('content', 'like', '%"urls"%')]))
    .execute()
  for (const { digest } of digests) {
    const row = await db.selectFrom('ecr_manifest').selectAll().where('digest', '=', digest).executeTakeFirstOrThrow()
    const { annotations, layers = [] } = JSON.parse(row.content)
    for (const { digest: child } of layers)
      await db
        .insertInto('ecr_manifest_child')
        .values({ manifest: digest, child, kind: 'blob' })
        .onConflict(conflict => conflict.doNothing())
        .execute()
    if (!row.subject) continue
    const descriptor = JSON.stringify({
      mediaType: row.media_type,
      digest,
      size: row.size,
      ...(row.artifact_type && { artifactType: row.artifact_type }),
      ...(annotations && { annotations }),
    })
    const there = db.selectFrom('ecr_repository_manifest').select('repository').where('digest', '=', digest)
    for (const { repository } of await there.execute())
      await db
        .insertInto('ecr_referrer')
        .values({
          ...{ repository, subject: row.subject, digest, artifact_type: row.artifact_type, descriptor },
          descriptor_size: Buffer.byteLength(descriptor),
        })
        .execute()
  }
}

/** The type of a manifest that does not say it is its repository's: otherwise who pushed it first would decide for all. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
async function moveMediaTypes(db: Kysely<any>): Promise<void> {
  await db.schema
    .alterTable('ecr_repository_manifest')
    .addColumn('media_type', 'text', column => column.notNull().defaultTo(''))
    .execute()
  const typed = db.selectFrom('ecr_manifest').select('media_type')
  await db
    .updateTable('ecr_repository_manifest')
    .set({ media_type: typed.whereRef('ecr_manifest.digest', '=', 'ecr_repository_manifest.digest') })
    .execute()
  await db.schema.alterTable('ecr_manifest').dropColumn('media_type').execute()
}

/** Findings may be many: how many there are of each severity is kept beside them, so that listing images does not read them. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
async function moveFindings(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('ecr_image_scan_findings')
    .addColumn('repository', 'text', column => column.notNull())
    .addColumn('digest', 'text', column => column.notNull())
    .addColumn('findings', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('ecr_image_scan_findings_key', ['repository', 'digest'])
    .execute()
  await db
    .insertInto('ecr_image_scan_findings')
    .columns(['repository', 'digest', 'findings'])
    .expression(db.selectFrom('ecr_image_scan').select(['repository', 'digest', 'findings']))
    .execute()
  await db.schema.alterTable('ecr_image_scan').dropColumn('findings').execute()
  await db.schema
    .alterTable('ecr_image_scan')
    .addColumn('severity_counts', 'text', column => column.notNull().defaultTo('{}'))
    .execute()
  const scans = await db.selectFrom('ecr_image_scan_findings').select(['repository', 'digest']).execute()
  for (const { repository, digest } of scans) {
    const at = { repository, digest }
    const found = db
      .selectFrom('ecr_image_scan_findings')
      .select('findings')
      .where(eb => eb.and(at))
    const counts: Record<string, number> = {}
    for (const { severity = 'UNDEFINED' } of JSON.parse((await found.executeTakeFirstOrThrow()).findings))
      counts[severity] = (counts[severity] ?? 0) + 1
    await db
      .updateTable('ecr_image_scan')
      .set({ severity_counts: JSON.stringify(counts) })
      .where(eb => eb.and(at))
      .execute()
  }
}
