import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { InstalledPackage } from '../service/scan.ts'
import { berkeleyRecords } from './berkeley-database.ts'
import { ndbBlobs } from './ndb-database.ts'
import { rpmPackage } from './rpm-header.ts'

const mostPackages = 100_000
const expected =
  /^CREATE TABLE ['"]?Packages['"]? \(\s*hnum INTEGER PRIMARY KEY AUTOINCREMENT,\s*blob BLOB NOT NULL\s*\)$/i

/**
 * Packages of `rpmdb.sqlite`, with its write-ahead log when there is one. The file is not trusted: no view, virtual table or generated column
 * of its own is run, and what is read is bounded by its size. Throws an Error that says what is wrong with it.
 */
export async function rpmPackages(database: Buffer, log?: Buffer): Promise<InstalledPackage[]> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-scan-'))
  const path = join(directory, 'rpmdb.sqlite')
  try {
    await writeFile(path, database)
    if (log?.length) await writeFile(`${path}-wal`, log)
    return readPackages(path, database.length + (log?.length ?? 0))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function readPackages(path: string, fileBytes: number): InstalledPackage[] {
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY')
    const table = db.prepare("SELECT type, sql FROM sqlite_schema WHERE name = 'Packages'").get()
    if (table?.type !== 'table' || !expected.test(String(table.sql))) throw new Error("it has no table of rpm's form")
    const packages: InstalledPackage[] = []
    let rows = 0
    let bytes = 0
    for (const { blob } of db.prepare('SELECT blob FROM Packages').iterate()) {
      if (!(blob instanceof Uint8Array)) continue
      bytes += blob.byteLength
      // Records that share their pages make a small file endless.
      if (++rows > mostPackages || bytes > fileBytes) throw new Error('it holds more than fits into its size')
      const found = rpmPackage(blob)
      if (found) packages.push(found)
    }
    return packages
  } finally {
    db.close()
  }
}

/** Packages of `Packages`, rpm's database up to version 4.15, in Berkeley DB's hash format. Throws an Error that says what is wrong with it. */
export function berkeleyPackages(database: Buffer): InstalledPackage[] {
  const packages: InstalledPackage[] = []
  for (const { key, value } of berkeleyRecords(database)) {
    // Record 0 holds the highest number that was given to a package.
    const found = key.length === 4 && key.readUInt32LE() !== 0 ? rpmPackage(value) : undefined
    if (found) packages.push(found)
    if (packages.length > mostPackages) throw new Error('it holds more than fits into its size')
  }
  return packages
}

/** Packages of `Packages.db`, the database of SUSE's rpm. Throws an Error that says what is wrong with it. */
export function ndbPackages(database: Buffer): InstalledPackage[] {
  const packages: InstalledPackage[] = []
  for (const blob of ndbBlobs(database)) {
    const found = rpmPackage(blob)
    if (found) packages.push(found)
    if (packages.length > mostPackages) throw new Error('it holds more than fits into its size')
  }
  return packages
}
