import type { Insertable, Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { prepared } from '../store/prepared.ts'
import type { S3VersionTable } from '../store/schema/s3-tables.ts'

export const keyBytes = (key: string): Buffer => Buffer.from(key)
export const keyText = (key: Uint8Array): string => Buffer.from(key).toString()

const versionsOf = (db: Kysely<Database>, bucket: string, key: Buffer) =>
  db.selectFrom('s3_version').selectAll().where('bucket', '=', bucket).where('key', '=', key)

/** The newest version of a key, which may be a delete marker. */
export const newestVersion = prepared((db, bucket: string, key: Buffer) =>
  versionsOf(db, bucket, key).orderBy('ordinal').limit(1),
)

/** The version of a key with this id. */
export const namedVersion = prepared((db, bucket: string, key: Buffer, id: string) =>
  versionsOf(db, bucket, key).where('version_id', '=', id).orderBy('ordinal').limit(1),
)

const columns = [
  'bucket',
  'key',
  'ordinal',
  'version_id',
  'current',
  'delete_marker',
  'modified',
  'size',
  'etag',
  'content',
  'digest',
  'parts',
  'headers',
  'tags',
  'checksum',
  'encryption',
  'lock',
  'data',
] as const satisfies readonly (keyof S3VersionTable)[]

const insertValues = prepared((db, ...values: unknown[]) => {
  const row = Object.fromEntries(columns.map((column, index) => [column, values[index]]))
  return db.insertInto('s3_version').values(row as unknown as Insertable<S3VersionTable>)
})

/** Adds a version; what is not given is null. */
export const insertRow = (db: Kysely<Database>, row: Insertable<S3VersionTable>) =>
  insertValues(db, ...columns.map(column => row[column]))

/** Removes a version by its place. */
export const deleteRow = prepared((db, bucket: string, key: Buffer, ordinal: number) =>
  db.deleteFrom('s3_version').where('bucket', '=', bucket).where('key', '=', key).where('ordinal', '=', ordinal),
)
