import { constants, createReadStream, write } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JournalDisk } from './journal-file.ts'

/** Where journals lie. What has resolved lasts, whatever becomes of the machine. */
export interface JournalDirectory {
  /** Of all that is there but what was set aside; the directory is made when there is none. */
  names(): Promise<string[]>
  /** A new file, which must not exist. */
  create(name: string): Promise<JournalDisk>
  read(name: string): AsyncIterable<Buffer>
  /** No error when there is none. A power cut may bring it back. */
  remove(name: string): Promise<void>
  /** Calls back when what has arrived by now has been taken in, so that one write carries all of it. */
  readonly soon?: (go: () => void) => void
  /** Moves a file to where nobody counts it, and says where that is. */
  setAside(name: string): Promise<string>
}

const aside = 'set-aside'

/** A directory of this machine. */
export const openJournalDirectory = (path: string): JournalDirectory => ({
  async names() {
    await mkdir(path, { recursive: true, mode: 0o700 })
    return (await readdir(path)).filter(name => name !== aside)
  },
  create: name => createDurably(join(path, name)),
  read: name => createReadStream(join(path, name)),
  soon: go => void setImmediate(go),
  remove: name => rm(join(path, name), { force: true }),
  async setAside(name) {
    const place = join(path, aside, name)
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await rename(join(path, name), place)
    await syncDirectory(path)
    return place
  },
})

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

/** Makes what was created, renamed or removed in a directory last. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}
