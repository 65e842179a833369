import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the log's files lie, one a day: `2026-11-28.jsonl`. */
export interface LineFiles {
  /** Oldest first; the directory is made when there is none. */
  names(): Promise<string[]>
  /** Adds to a file, which is made when there is none. What has resolved lasts; what rejects may have written a part. */
  append(name: string, lines: string): Promise<void>
  /** Cuts off a line that was left half, and returns the last whole ones, up to 256 KiB, which last from then on. */
  repair(name: string): Promise<string>
  read(name: string): AsyncIterable<Buffer>
  remove(name: string): Promise<void>
}

const tail = 256 * 1024

/** A directory of this machine. */
export const openLineFiles = (directory: string): LineFiles => ({
  async names() {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return (await readdir(directory)).filter(name => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name)).sort()
  },
  async append(name, lines) {
    await using file = await open(join(directory, name), 'a', 0o600)
    await file.appendFile(lines)
    await file.datasync()
  },
  async repair(name) {
    await using file = await open(join(directory, name), 'r+')
    const { size } = await file.stat()
    const start = Math.max(0, size - tail)
    const bytes = Buffer.alloc(size - start)
    await file.read(bytes, 0, bytes.length, start)
    const end = bytes.lastIndexOf(10) + 1
    await file.truncate(start + end)
    // What is taken for written must last: whoever died may not have come to say so to the disk.
    await file.datasync()
    return bytes.subarray(0, end).toString()
  },
  read: name => createReadStream(join(directory, name)),
  remove: name => rm(join(directory, name)),
})
