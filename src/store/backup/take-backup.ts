import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clock } from '../../ground/clock.ts'
import { syncDirectory } from '../../ground/sync-directory.ts'
import { BlobError, type BlobStore } from '../blobs.ts'
import { openFileBlobs } from '../file-blobs.ts'
import {
  type BackupPlace,
  backupPlace,
  copySecret,
  format,
  heldDigests,
  type Manifest,
  makePlace,
  readManifest,
  snapshotNames,
} from './backup-place.ts'
import type { RowSource } from './row-copy.ts'
import { writeTable } from './table-file.ts'

export interface BackupParts {
  /** The folder of all backups of an installation; made when there is none. */
  readonly root: string
  /** Opens the rows as they are now; `copy` is a path that may be used meanwhile. */
  readonly openRows: (copy: string) => Promise<RowSource>
  readonly blobs: BlobStore
  /** A file with the root secret, if there is one. */
  readonly secret: string
}

export interface BackupReport extends Manifest {
  readonly name: string
  /** Of the blobs, those that no earlier backup had. */
  readonly copied: { readonly count: number; readonly bytes: number }
}

/**
 * Takes a snapshot beside a running server: the rows as they were at one moment, then the content that they hold and that is not there
 * yet. Content that was let go meanwhile stays for the grace of `collect`, an hour; where that was not enough it begins again.
 */
export async function takeBackup({ root, openRows, blobs, secret }: BackupParts): Promise<BackupReport> {
  const place = backupPlace(root)
  makePlace(place)
  const kept = await openFileBlobs(place.blobs)
  for (let tries = 1; ; tries++) {
    const taken = clock.now()
    const name = new Date(taken).toISOString().replaceAll(':', '-')
    await removeUnfinished(place)
    const unfinished = `${name}.new`
    const rows = await writeRows(place, unfinished, openRows)
    const manifest: Manifest = { format, taken, ...rows, blobs: { count: 0, bytes: 0 }, damaged: [] }
    const held = await heldDigests(place, unfinished, manifest)
    const content = await copyBlobs(held, blobs, kept)
    if (content.damaged.some(({ code }) => code === 'NoSuchBlob') && tries < mostTries) continue
    const damaged = content.damaged.map(({ digest, problem }) => ({ digest, problem }))
    const whole: Manifest = { ...manifest, blobs: content.blobs, damaged }
    if (existsSync(secret)) await copySecret(secret, place.secret(unfinished))
    await writeFile(place.manifest(unfinished), JSON.stringify(whole), { mode: 0o600, flush: true })
    await publish(place, unfinished, name)
    return { ...whole, name, copied: content.copied }
  }
}

const mostTries = 3

async function removeUnfinished({ snapshots, snapshot }: BackupPlace): Promise<void> {
  for (const name of await readdir(snapshots))
    if (name.endsWith('.new')) await rm(snapshot(name), { recursive: true, force: true })
}

async function writeRows(place: BackupPlace, name: string, openRows: BackupParts['openRows']) {
  await mkdir(dirname(place.rows(name, 'any')), { recursive: true, mode: 0o700 })
  const source = await openRows(join(place.snapshot(name), 'rows.sqlite'))
  try {
    const tables = []
    for (const shape of source.tables)
      tables.push(await writeTable(place.rows(name, shape.name), shape, source.pages(shape)))
    return { migrations: source.migrations, numbered: source.numbered, tables }
  } finally {
    await source.close()
  }
}

interface Copied {
  readonly blobs: { count: number; bytes: number }
  readonly copied: { count: number; bytes: number }
  readonly damaged: { digest: string; problem: string; code: BlobError['code'] }[]
}

/** So many at once: each waits for the disk. */
const atOnce = 8

async function copyBlobs(held: ReadonlySet<string>, from: BlobStore, to: BlobStore): Promise<Copied> {
  const there = new Map<string, number>()
  for await (const { digest, size } of to.list()) there.set(digest, size)
  const done: Copied = { blobs: { count: 0, bytes: 0 }, copied: { count: 0, bytes: 0 }, damaged: [] }
  const digests = held.values()
  const count = (total: Copied['blobs'], size: number) => {
    total.count++
    total.bytes += size
  }
  const copySome = async () => {
    for (const digest of digests) {
      const size = there.get(digest) ?? (await copyOne(digest))
      if (size !== undefined) count(done.blobs, size)
    }
  }
  const copyOne = async (digest: string): Promise<number | undefined> => {
    try {
      const { size } = await to.put(from.open(digest), { digest })
      count(done.copied, size)
      return size
    } catch (error) {
      if (!(error instanceof BlobError)) throw error
      done.damaged.push({ digest, problem: error.message, code: error.code })
      return undefined
    }
  }
  await Promise.all(Array.from({ length: atOnce }, copySome))
  return done
}

async function publish({ snapshot, snapshots }: BackupPlace, unfinished: string, name: string): Promise<void> {
  await syncDirectory(join(snapshot(unfinished), 'rows'))
  await syncDirectory(snapshot(unfinished))
  await rename(snapshot(unfinished), snapshot(name))
  await syncDirectory(snapshots)
}

/** Removes all but the newest snapshots, and the content that only those held. */
export async function pruneBackups(root: string, keep: number): Promise<{ snapshots: number; blobs: number }> {
  const place = backupPlace(root)
  const names = snapshotNames(place)
  const [gone, stay] = [names.slice(0, -keep), names.slice(-keep)]
  for (const name of gone) await rm(place.snapshot(name), { recursive: true })
  if (gone.length === 0) return { snapshots: 0, blobs: 0 }
  const held = await Promise.all(stay.map(name => heldDigests(place, name, readManifest(place, name))))
  const blobs = await openFileBlobs(place.blobs)
  let removed = 0
  for await (const { digest } of blobs.list())
    if (!held.some(digests => digests.has(digest)) && (await blobs.remove(digest))) removed++
  return { snapshots: gone.length, blobs: removed }
}
