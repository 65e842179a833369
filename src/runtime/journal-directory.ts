import { constants, createReadStream, write } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { syncDirectory } from '../ground/sync-directory.ts'
import { createFileBehind } from './file-behind.ts'
import { createJournalFile, type JournalDisk, type JournalFile } from './journal-file.ts'

/** Where journals lie. What has resolved lasts, whatever becomes of the machine. */
export interface JournalDirectory {
  /** Of all that is there but what was set aside; the directory is made when there is none. */
  names(): Promise<string[]>
  /** A new file, made with its first line; it must not exist. */
  begin(name: string): JournalFile
  read(name: string): AsyncIterable<Buffer>
  /** No error when there is none. A power cut may bring it back. */
  remove(name: string): Promise<void>
  /** Moves a file to where nobody counts it, and says where that is. */
  setAside(name: string): Promise<string>
}

/** Whether the disk has a line before it is told of, or a moment after. */
export type MeteringSync = 'before' | 'after'

const aside = 'set-aside'

/** A directory of this machine. */
export const openJournalDirectory = (
  path: string,
  { sync = 'before', log }: { readonly sync?: MeteringSync; readonly log: Pick<Logger, 'error'> },
): JournalDirectory => ({
  async names() {
    await mkdir(path, { recursive: true, mode: 0o700 })
    return (await readdir(path)).filter(name => name !== aside)
  },
  begin: name =>
    sync === 'after'
      ? createFileBehind(join(path, name), log)
      : createJournalFile(join(path, name), createDurably, oneTurn),
  read: name => createReadStream(join(path, name)),
  remove: name => rm(join(path, name), { force: true }),
  async setAside(name) {
    const place = join(path, aside, name)
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await rename(join(path, name), place)
    await syncDirectory(path)
    return place
  },
})

/** What has arrived by now is taken in first, so that one write carries all of it. */
const oneTurn = (go: () => void): void => void setImmediate(go)

const { O_APPEND, O_CREAT, O_DSYNC, O_EXCL, O_WRONLY } = constants

/** What is written is on the disk when the system says that it is written: one call instead of two for each group of lines. */
async function createDurably(path: string): Promise<JournalDisk> {
  const file = await open(path, O_APPEND | O_CREAT | O_DSYNC | O_EXCL | O_WRONLY, 0o600)
  await syncDirectory(dirname(path))
  return {
    appendFile: text => writeAll(file.fd, Buffer.from(text as string)),
    datasync: async () => {},
    truncate: size => file.truncate(size),
    close: () => file.close(),
  }
}

function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (from: number): void =>
      write(fd, bytes, from, bytes.byteLength - from, null, (error, written) => {
        if (error) reject(error)
        else if (from + written < bytes.byteLength) go(from + written)
        else resolve()
      })
    go(0)
  })
}
