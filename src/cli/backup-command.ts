import { mkdirSync } from 'node:fs'
import { backupPlace } from '../store/backup/backup-place.ts'
import type { RowSource } from '../store/backup/row-copy.ts'
import { openSqliteRows } from '../store/backup/sqlite-rows.ts'
import { type BackupReport, pruneBackups, takeBackup } from '../store/backup/take-backup.ts'
import type { DataDirectory } from '../store/data-directory.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { openBlobs } from '../store/open-blobs.ts'
import { databaseOf } from '../store/open-store.ts'
import type { CommandContext } from './command-context.ts'
import { asOperator } from './on-installation.ts'

/** `modelmart backup DIR`: prints what was taken; exit code 1 when content was damaged, which is named, and left out. */
export const backup = (root: string, { keep }: { readonly keep?: number }, context: CommandContext): Promise<void> =>
  asOperator(context, { command: 'backup', parameters: { directory: root } }, async ({ directory, store }) => {
    const unlock = lockOf(root)
    try {
      const blobs = await openBlobs({ directory, store, objects: context.objects ?? {}, guest: true })
      const openRows = (copy: string) => rowsOf(directory, context.database, copy)
      const report = await takeBackup({ root, openRows, blobs, secret: directory.secret })
      await blobs.close?.()
      context.out.write(`${inWords(report)}\n`)
      for (const { digest, problem } of report.damaged) context.out.write(`damaged: ${digest}: ${problem}\n`)
      if (report.damaged.length > 0) process.exitCode = 1
      if (keep === undefined) return
      const pruned = await pruneBackups(root, keep)
      context.out.write(`${pruned.snapshots} older snapshots and ${pruned.blobs} blobs removed\n`)
    } finally {
      unlock()
    }
  })

function lockOf(root: string): () => void {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  try {
    return lockExclusively(backupPlace(root).lock)
  } catch (cause) {
    throw new Error(`Another backup is taken into ${root} at this moment, or it cannot be written.`, { cause })
  }
}

async function rowsOf(directory: DataDirectory, database: string | undefined, copy: string): Promise<RowSource> {
  const url = databaseOf(directory, database)
  if (url === undefined) return openSqliteRows(directory.database, copy)
  // Not with the others: it brings PostgreSQL's client.
  const { openPostgresRows } = await import('../store/backup/postgres-rows.ts')
  return openPostgresRows(url)
}

function inWords({ name, tables, blobs, copied }: BackupReport): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return `${name}: ${rows} rows of ${tables.length} tables, ${blobs.count} blobs of ${blobs.bytes} bytes, of which ${copied.count} of ${copied.bytes} bytes are new`
}
