import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTable, type WrittenTable } from './table-file.ts'

/**
 * ```
 * BACKUP/
 *   lock                      held while a backup is taken or pruned
 *   blobs/                    content by digest, of all snapshots
 *   snapshots/2026-11-29T21-40-00Z/
 *     manifest.json           `Manifest`; a snapshot without one was not finished
 *     rows/TABLE.jsonl.gz     every row, see table-file.ts
 *     secret                  the root secret, when the data directory has it; mode 0600
 * ```
 */
export function backupPlace(root: string) {
  const snapshots = join(root, 'snapshots')
  const snapshot = (name: string) => join(snapshots, name)
  return {
    root,
    lock: join(root, 'lock'),
    blobs: join(root, 'blobs'),
    snapshots,
    snapshot,
    manifest: (name: string) => join(snapshot(name), 'manifest.json'),
    rows: (name: string, table: string) => join(snapshot(name), 'rows', `${table}.jsonl.gz`),
    secret: (name: string) => join(snapshot(name), 'secret'),
  }
}

export type BackupPlace = ReturnType<typeof backupPlace>

export const format = 1

export interface Manifest {
  /** Of backups; another one is another program's. */
  readonly format: number
  /** When the rows were as they are here, in milliseconds. */
  readonly taken: number
  readonly migrations: readonly string[]
  readonly tables: readonly WrittenTable[]
  readonly numbered: Readonly<Record<string, number>>
  readonly blobs: { readonly count: number; readonly bytes: number }
  /** Content that could not be read when this was taken. */
  readonly damaged: readonly { readonly digest: string; readonly problem: string }[]
}

export const makePlace = ({ snapshots, blobs }: BackupPlace): void => {
  for (const directory of [snapshots, blobs]) mkdirSync(directory, { recursive: true, mode: 0o700 })
}

/** Whatever its mode was. */
export const copySecret = async (from: string, to: string): Promise<void> =>
  writeFile(to, await readFile(from), { mode: 0o600, flag: 'wx', flush: true })

/** Finished snapshots, oldest first. */
export const snapshotNames = (place: BackupPlace): string[] =>
  existsSync(place.snapshots)
    ? readdirSync(place.snapshots)
        .filter(name => existsSync(place.manifest(name)) && !name.endsWith('.new'))
        .sort()
    : []

/** Throws an Error for what this program cannot read. */
export function readManifest(place: BackupPlace, name: string): Manifest {
  const manifest = JSON.parse(readFileSync(place.manifest(name), 'utf8')) as Manifest
  if (manifest.format !== format)
    throw new Error(`${place.snapshot(name)} has format ${manifest.format}, and this program reads ${format}.`)
  return manifest
}

/** The content that a snapshot's rows hold. */
export async function heldDigests(place: BackupPlace, name: string, manifest: Manifest): Promise<Set<string>> {
  const table = manifest.tables.find(({ name }) => name === 'blob_reference')
  if (!table) throw new Error(`${place.snapshot(name)} has no table of references to content.`)
  const [digest, released] = ['digest', 'released'].map(column => table.columns.indexOf(column)) as [number, number]
  const held = new Set<string>()
  for await (const page of readTable(place.rows(name, table.name), table))
    for (const row of page) if (row[released] === 0) held.add(String(row[digest]))
  return held
}
