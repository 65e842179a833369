import { mkdirSync } from 'node:fs'
import { randomness } from '../ground/randomness.ts'
import { restoreBackup } from '../store/backup/restore-backup.ts'
import { dataDirectory } from '../store/data-directory.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { hasStore, rememberDatabase } from '../store/open-store.ts'
import type { CommandContext } from './command-context.ts'
import { type Installation, refreshProfiles } from './installation.ts'
import { asOperator } from './on-installation.ts'

export interface RestoreOptions {
  readonly snapshot?: string
  readonly asCopy: boolean
}

/** `modelmart restore DIR`: into a data directory without an installation, and into an empty database. What fails leaves none. */
export async function restore(root: string, options: RestoreOptions, context: CommandContext): Promise<void> {
  const { data, database, objects, out, err } = context
  const directory = dataDirectory(data)
  try {
    if (hasStore(directory)) throw new Error(`${data} has an installation already. Give --data another directory.`)
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const unlock = lockExclusively(directory.lock)
    try {
      const knowsSecret = context.rootSecret !== undefined
      const { name, tables, blobs } = await restoreBackup({
        root,
        ...options,
        directory,
        database,
        objects,
        knowsSecret,
      })
      if (database !== undefined) rememberDatabase(directory, database)
      const parameters = { directory: root, snapshot: name, asCopy: options.asCopy }
      await asOperator(context, { command: 'restore', parameters }, at => settle(at, options))
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      out.write(`${name}: ${rows} rows and ${blobs.count} blobs of ${blobs.bytes} bytes are in ${data}\n`)
    } finally {
      unlock()
    }
  } catch (error) {
    err.write(`modelmart: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

async function settle(installation: Installation, { asCopy }: RestoreOptions): Promise<void> {
  const { db } = installation.store
  if (asCopy)
    await db
      .updateTable('setting')
      .set({ value: randomness.uuid().slice(0, 8) })
      .where('name', '=', 'installation')
      .execute()
  await refreshProfiles(installation)
}
