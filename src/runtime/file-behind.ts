import { close, constants, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { syncDirectory } from '../ground/sync-directory.ts'
import type { JournalFile } from './journal-file.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants

/** What is written within it shares a sync. */
const behindMs = 100

/**
 * A new file whose lines are with the system when `append` returns: that takes microseconds, and they outlive every process. The disk has them a
 * tenth of a second later, so a power cut may take the last ones (docs/decisions/2026-12-01-metering-sync.md).
 */
export function createFileBehind(path: string, log: Pick<Logger, 'error'>): JournalFile {
  let file: number | undefined
  let size = 0
  let broken = false
  let syncing: Promise<void> | undefined

  /** Until there is nothing new. */
  async function syncBehind(file: number): Promise<void> {
    try {
      await syncDirectory(dirname(path))
      for (let synced = 0; synced < size; ) {
        await clock.sleep(behindMs)
        const written = size
        await promisify(fdatasync)(file)
        synced = written
      }
    } catch (error) {
      broken = true
      log.error({ err: error, file: path }, 'what inferences cost is written, and a power cut would take it')
    }
    syncing = undefined
  }

  return {
    append(line) {
      if (broken) throw new Error(`${path} could not be written before`)
      try {
        file ??= openSync(path, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600)
        size += writeAll(file, Buffer.from(line), size)
        syncing ??= syncBehind(file)
      } catch (error) {
        broken = true
        throw error
      }
      return undefined
    },
    get broken() {
      return broken
    },
    async close() {
      await syncing
      if (file !== undefined) await promisify(close)(file)
    },
  }
}

/** All of it or nothing: whoever reads the file must not find what its writer hears was not written. */
function writeAll(file: number, bytes: Buffer, size: number): number {
  try {
    for (let from = 0; from < bytes.byteLength; ) from += writeSync(file, bytes, from)
    return bytes.byteLength
  } catch (error) {
    ftruncateSync(file, size)
    throw error
  }
}
