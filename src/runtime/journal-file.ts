import type { FileHandle } from 'node:fs/promises'

/** A file that grows by lines, each there before its writer hears of it. */
export interface JournalFile {
  /** Undefined when the line is there; otherwise resolves then. Throws or rejects with what the system says, and then nothing of it is to be believed. */
  append(line: string): Promise<void> | undefined
  /** Whether a write has failed: what follows belongs into another file. */
  readonly broken: boolean
  /** Resolves when all that was given is written, or refused. */
  close(): Promise<void>
}

/** Whose lines are there when they are on the disk. */
export interface SyncedFile extends JournalFile {
  append(line: string): Promise<void>
}

/** What the file asks of the disk. Nothing that was not synced is sure to last. */
export type JournalDisk = Pick<FileHandle, 'appendFile' | 'datasync' | 'truncate' | 'close'>

interface Waiting {
  readonly line: string
  readonly written: PromiseWithResolvers<void>
}

/**
 * A new file, made with its first line, whose lines are on the disk when they are there. Lines that come while others are being written, or before `soon` calls back, share the next write
 * and its sync.
 */
export function createJournalFile(
  path: string,
  create: (path: string) => Promise<JournalDisk>,
  soon?: (go: () => void) => void,
): SyncedFile {
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let disk: JournalDisk | undefined
  let size = 0
  let broken = false

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      if (soon) await new Promise<void>(soon)
      const group = waiting
      waiting = []
      try {
        if (broken) throw new Error(`${path} could not be written before`)
        await writeGroup(group.map(({ line }) => line).join(''))
        for (const { written } of group) written.resolve()
      } catch (error) {
        broken = true
        for (const { written } of group) written.reject(error)
      }
    }
    writing = undefined
  }

  async function writeGroup(text: string): Promise<void> {
    disk ??= await create(path)
    try {
      await disk.appendFile(text)
      await disk.datasync()
      size += Buffer.byteLength(text)
    } catch (error) {
      // Their callers hear that it failed: whoever reads the file must not find them.
      await disk.truncate(size).catch(() => {})
      throw error
    }
  }

  return {
    append(line) {
      const written = Promise.withResolvers<void>()
      waiting.push({ line, written })
      writing ??= write()
      return written.promise
    },
    get broken() {
      return broken
    },
    async close() {
      await writing
      await disk?.close()
    },
  }
}
