import { type Generated, sql } from 'kysely'
import type { Migration } from '../migration.ts'

export interface S3Tables {
  blob_reference: BlobReferenceTable
  blob_mark: BlobMarkTable
  s3_bucket: S3BucketTable
  s3_version: S3VersionTable
  s3_upload: S3UploadTable
  s3_part: S3PartTable
  s3_held: S3HeldTable
}

/** Who keeps which blob alive. A blob without a row here is garbage once it is old enough (`../blob-references.ts`). */
export interface BlobReferenceTable {
  /** `sha256:` and 64 hex digits. */
  digest: string
  /** Who holds it, prefixed by its area: `s3:…`, `ecr:…`, `hold:…`. */
  owner: string
  /** When the owner let go of it; 0 while it holds. Released rows keep the content until the collector's grace is over. */
  released: Generated<number>
}

/** What puts and removals of content in a bucket tell one another (`../bucket-marks.ts`). Content without a row is old. */
export interface BlobMarkTable {
  digest: string
  /** Random; another one after each removal. */
  generation: string
  /** When a put of it began or ended last; 0 for none. */
  put: number
  /** When a removal began; 0 while there is none. */
  removing: number
}

/** Names are global in the installation, as they are in a partition of AWS. */
export interface S3BucketTable {
  name: string
  account: string
  region: string
  created: number
  /** Empty until versioning is first enabled, then `Enabled` or `Suspended`. */
  versioning: string
  /** JSON of `BucketConfiguration` (`src/s3/bucket.ts`). */
  configuration: string
}

/** Every version of every object, delete markers too. Keys are UTF-8 bytes, so that every engine orders them as S3 does. */
export interface S3VersionTable {
  bucket: string
  key: Uint8Array
  /** Falls with each version of a key: key order is then newest first. */
  ordinal: number
  /** `null` for one that was written while versioning was not enabled. */
  version_id: string
  /** 1 when a listing shows it: the newest of its key and no delete marker. */
  current: number
  delete_marker: number
  modified: number
  size: number
  /** Hex, `-N` for an upload of N parts; without quotes. */
  etag: string
  /** Names the content, for its parts (`s3_part`) and as the owner `s3:CONTENT` of its blobs. Empty for a delete marker. */
  content: string
  /** SHA-256 of content that is one blob or in `data`; empty when it is the parts of an upload. */
  digest: string
  /** How many parts it was uploaded in; 0 for a plain put. */
  parts: number
  /** JSON of `ObjectHeaders` (`src/s3/object-headers.ts`). */
  headers: string
  /** JSON of tags, empty for none. */
  tags: string
  /** JSON of `Checksum` (`src/s3/checksum.ts`), empty for none. */
  checksum: string
  /** JSON of `Encryption`, empty for none. */
  encryption: string
  /** JSON of `Lock` (`src/s3/object-lock.ts`), empty for none. */
  lock: string
  /** Content small enough to be kept here; the last column, so that listings do not read it. */
  data: Uint8Array | null
}

export interface S3UploadTable {
  /** Begins with the time, so that a key's uploads are in order of initiation. */
  id: string
  bucket: string
  key: Uint8Array
  initiated: number
  initiator: string
  /** JSON `{algorithm, type}`. */
  checksum: string
  headers: string
  tags: string
  encryption: string
  lock: Generated<string>
}

/** Parts of an upload, and of the object that it became: `content` is the upload's id. */
export interface S3PartTable {
  content: string
  number: number
  digest: string
  size: number
  etag: string
  /** Base64, of the upload's algorithm. */
  checksum: string
  modified: number
  /** Of this part's bytes, when the upload is encrypted. */
  encryption: string
}

/** Content that the platform keeps out of any bucket (escrow). */
export interface S3HeldTable {
  name: string
  owner: string
  size: number
  content: string
  digest: string
  encryption: string
}

export const s3Migrations: readonly Migration[] = [
  {
    name: '2026-11-20-blob-reference',
    async up(db) {
      await db.schema
        .createTable('blob_reference')
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('owner', 'text', column => column.notNull())
        .addColumn('released', 'bigint', column => column.notNull().defaultTo(0))
        .addPrimaryKeyConstraint('blob_reference_key', ['digest', 'owner'])
        .execute()
      await db.schema.createIndex('blob_reference_by_owner').on('blob_reference').columns(['owner']).execute()
      await db.schema
        .createIndex('blob_reference_by_released')
        .on('blob_reference')
        .columns(['released'])
        .where(sql.ref('released'), '>', sql.lit(0))
        .execute()
    },
  },
  {
    name: '2026-11-20-s3',
    async up(db) {
      await db.schema
        .createTable('s3_bucket')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('versioning', 'text', column => column.notNull())
        .addColumn('configuration', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('s3_bucket_by_account').on('s3_bucket').columns(['account', 'name']).execute()
      await db.schema
        .createTable('s3_version')
        .addColumn('bucket', 'text', column => column.notNull())
        .addColumn('key', 'bytea', column => column.notNull())
        .addColumn('ordinal', 'bigint', column => column.notNull())
        .addColumn('version_id', 'text', column => column.notNull())
        .addColumn('current', 'integer', column => column.notNull())
        .addColumn('delete_marker', 'integer', column => column.notNull())
        .addColumn('modified', 'bigint', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addColumn('etag', 'text', column => column.notNull())
        .addColumn('content', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('parts', 'integer', column => column.notNull())
        .addColumn('headers', 'text', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .addColumn('checksum', 'text', column => column.notNull())
        .addColumn('encryption', 'text', column => column.notNull())
        .addColumn('data', 'bytea')
        .addPrimaryKeyConstraint('s3_version_key', ['bucket', 'key', 'ordinal'])
        .execute()
      // Listings seek in this one alone, however many old versions and delete markers lie between two objects.
      await db.schema
        .createIndex('s3_version_current')
        .on('s3_version')
        .columns(['bucket', 'key'])
        .where(sql.ref('current'), '=', sql.lit(1))
        .execute()
      await db.schema
        .createTable('s3_upload')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('bucket', 'text', column => column.notNull())
        .addColumn('key', 'bytea', column => column.notNull())
        .addColumn('initiated', 'bigint', column => column.notNull())
        .addColumn('initiator', 'text', column => column.notNull())
        .addColumn('checksum', 'text', column => column.notNull())
        .addColumn('headers', 'text', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .addColumn('encryption', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('s3_upload_by_key').on('s3_upload').columns(['bucket', 'key', 'id']).execute()
      await db.schema
        .createTable('s3_part')
        .addColumn('content', 'text', column => column.notNull())
        .addColumn('number', 'integer', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addColumn('etag', 'text', column => column.notNull())
        .addColumn('checksum', 'text', column => column.notNull())
        .addColumn('modified', 'bigint', column => column.notNull())
        .addColumn('encryption', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('s3_part_key', ['content', 'number'])
        .execute()
      await db.schema
        .createTable('s3_held')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('owner', 'text', column => column.notNull())
        .addColumn('size', 'bigint', column => column.notNull())
        .addColumn('content', 'text', column => column.notNull())
        .addColumn('digest', 'text', column => column.notNull())
        .addColumn('encryption', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('s3_held_by_owner').on('s3_held').columns(['owner']).execute()
    },
  },
  {
    name: '2026-11-29-s3-object-lock',
    async up(db) {
      for (const table of ['s3_version', 's3_upload'])
        await db.schema
          .alterTable(table)
          .addColumn('lock', 'text', column => column.notNull().defaultTo(''))
          .execute()
    },
  },
  {
    name: '2026-11-30-s3-blob-marks',
    async up(db) {
      await db.schema
        .createTable('blob_mark')
        .addColumn('digest', 'text', column => column.primaryKey())
        .addColumn('generation', 'text', column => column.notNull())
        .addColumn('put', 'bigint', column => column.notNull())
        .addColumn('removing', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('blob_mark_by_put').on('blob_mark').columns(['put']).execute()
    },
  },
]
