import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../ground/sync-directory.ts'

/**
 * The log that SQLite writes its commits into, made durable beside the main thread: one sync takes along every commit that is there
 * when it begins. SQLite itself (`synchronous = normal`) only keeps the order that a power failure must not break: the log is synced
 * before it is copied into the database, and the database before the log is begun anew.
 */
export interface WriteAheadLog {
  /** Commits were added. */
  grew(): void
  /** Resolves when all that had been added is on the disk. */
  durable(): Promise<void>
  /** Throws once a sync has failed: what the disk then holds is unknown, so nothing more may be added. */
  requireIntact(): void
  close(): Promise<void>
}

/** Puts on the disk what a file holds now. */
export type DiskSync = (file: FileHandle) => Promise<void>

/** Opens the log of a database that has been written to; what it holds is durable when this resolves. */
export async function openWriteAheadLog(database: string, sync: DiskSync): Promise<WriteAheadLog> {
  const file = await open(`${database}-wal`, 'r')
  await sync(file)
  await syncDirectory(dirname(database))
  let added = 0
  let synced = 0
  let syncing: Promise<void> | undefined
  let failure: Error | undefined

  async function syncOnce(): Promise<void> {
    const covered = added
    try {
      await sync(file)
      synced = covered
    } catch (cause) {
      failure = new Error('The disk failed to keep what was written; nothing is written until a restart', { cause })
    } finally {
      syncing = undefined
    }
  }

  function requireIntact(): void {
    if (failure) throw failure
  }

  return {
    grew: () => void added++,
    async durable() {
      const wanted = added
      while (synced < wanted) {
        requireIntact()
        syncing ??= syncOnce()
        await syncing
      }
    },
    requireIntact,
    async close() {
      await syncing
      await file.close()
    },
  }
}
