import { execFile } from 'node:child_process'
import { mkdir, open, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { volumesBelow } from './private-engine.ts'

const run = promisify(execFile)

/** A filesystem of its own in a file of fixed size. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string
  /** Writes until not a byte more goes in. */
  fill(): Promise<void>
  free(): Promise<void>
  close(): Promise<void>
}

const mebibyte = 1024 * 1024

/** Makes, in an empty directory, a disk of so many MiB. */
export async function openSmallDisk(directory: string, size: number): Promise<SmallDisk> {
  const image = join(directory, 'disk.img')
  const path = join(directory, 'disk')
  const ballast = join(path, 'ballast')
  await mkdir(path, { recursive: true })
  await (await open(image, 'wx')).close()
  await truncate(image, size * mebibyte)
  await run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image])
  await run('mount', ['-o', 'loop', image, path])
  return {
    path,
    async fill() {
      await using file = await open(ballast, 'a')
      // The writes of others may give back a block here and there: smaller and smaller pieces find it.
      for (const piece of [mebibyte, 4096, 1]) await writeUntilFull(file, Buffer.alloc(piece, 'x'))
    },
    free: () => rm(ballast, { force: true }),
    async close() {
      for (const mount of (await volumesBelow(path)).reverse()) await run('umount', [mount])
      await rm(image)
    },
  }
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  try {
    for (;;) {
      const { bytesWritten } = await file.write(piece)
      if (bytesWritten < piece.length) return
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
