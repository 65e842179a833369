import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { BlobStore } from '../blobs.ts'
import type { DataDirectory } from '../data-directory.ts'
import { migrations } from '../database.ts'
import { openFileBlobs } from '../file-blobs.ts'
import { type ObjectsOptions, openUnclaimedBlobs, placeSetting } from '../open-blobs.ts'
import { backupPlace, copySecret, heldDigests, type Manifest, readManifest, snapshotNames } from './backup-place.ts'
import type { Page, RowTarget, TableShape } from './row-copy.ts'
import { openSqliteTarget } from './sqlite-rows.ts'
import { readTable } from './table-file.ts'

export interface RestoreParts {
  readonly root: string
  /** The newest when absent. */
  readonly snapshot?: string | undefined
  /** Without an installation. */
  readonly directory: DataDirectory
  /** `postgres://…`: where the rows are to be; a SQLite file of the directory when absent. */
  readonly database?: string | undefined
  /** Where the content is to be; files of the directory when it has no URL. */
  readonly objects?: ObjectsOptions | undefined
  /** Whether the root secret is known, so that a backup without it can be used. */
  readonly knowsSecret: boolean
}

export interface RestoreReport extends Manifest {
  readonly name: string
}

/**
 * Puts a snapshot into a data directory, and into a database: content first and rows last, so that what breaks off is no installation.
 * Throws an Error when there is no such snapshot, when it is of a newer version, and when something of it is damaged.
 */
export async function restoreBackup(given: RestoreParts): Promise<RestoreReport> {
  const { root, snapshot, directory, database, objects, knowsSecret } = given
  const place = backupPlace(root)
  const names = snapshotNames(place)
  const name = snapshot ?? names.at(-1)
  if (name === undefined || !names.includes(name))
    throw new Error(`${root} has no snapshot ${name ?? ''}. It has: ${names.join(', ') || 'none'}.`)
  const manifest = readManifest(place, name)
  requireKnown(manifest)
  const secret = existsSync(place.secret(name)) ? place.secret(name) : undefined
  if (!secret && !knowsSecret)
    throw new Error('The backup has no root secret, which was said by root-secret. Say it here, too.')
  await mkdir(directory.root, { recursive: true, mode: 0o700 })
  const target = await openTarget(directory, database, manifest.migrations)
  try {
    const blobs = await openTargetBlobs(directory, objects)
    try {
      await restoreBlobs(await heldDigests(place, name, manifest), manifest, place.blobs, blobs)
    } finally {
      await blobs.close?.()
    }
    for (const table of manifest.tables)
      for await (const page of readTable(place.rows(name, table.name), table))
        await target.put(table, table.name === 'setting' ? withoutPlace(table, page) : page)
    if (objects?.url !== undefined) await target.put(placeTable, [[placeSetting, objects.url]])
    if (secret) await copySecret(secret, directory.secret)
    await target.commit(manifest.numbered)
  } finally {
    await target.close()
  }
  return { ...manifest, name }
}

async function openTarget(
  directory: DataDirectory,
  database: string | undefined,
  steps: readonly string[],
): Promise<RowTarget> {
  if (database === undefined) return openSqliteTarget(directory.database, steps)
  // Not with the others: who restores into SQLite has no use for it.
  const { openPostgresTarget } = await import('./postgres-rows.ts')
  return openPostgresTarget(database, steps)
}

const openTargetBlobs = async (directory: DataDirectory, objects: ObjectsOptions = {}): Promise<BlobStore> =>
  objects.url === undefined
    ? openFileBlobs(directory.blobs)
    : openUnclaimedBlobs(directory, { ...objects, url: objects.url })

const placeTable: TableShape = { name: 'setting', columns: ['name', 'value'] }

/** The content is somewhere else now: who opened the old place would collect there. */
function withoutPlace({ columns }: TableShape, page: Page): Page {
  const name = columns.indexOf('name')
  return page.filter(row => row[name] !== placeSetting)
}

function requireKnown({ migrations: steps }: Manifest): void {
  const known = new Set(migrations.map(({ name }) => name))
  const newer = steps.find(step => !known.has(step))
  if (newer)
    throw new Error(
      `The backup is of a newer version of Modelmart, which made the step ${newer}. Restore with that one.`,
    )
}

/** What was damaged when the backup was taken is not there to be put. */
async function restoreBlobs(
  held: ReadonlySet<string>,
  { damaged }: Manifest,
  from: string,
  target: BlobStore,
): Promise<void> {
  const missing = new Set(damaged.map(({ digest }) => digest))
  const source = await openFileBlobs(from, { guest: true })
  const digests = [...held].filter(digest => !missing.has(digest)).values()
  const putSome = async () => {
    for (const digest of digests) await target.put(source.open(digest), { digest })
  }
  await Promise.all(Array.from({ length: 8 }, putSome))
}
