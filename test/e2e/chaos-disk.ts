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
const pieces: readonly number[] = [mebibyte, 4096, 1]

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
      // Smaller and smaller pieces find what is left; whatever others give back meanwhile is taken in large ones again.
      for (let at = 0; at < pieces.length; ) {
        const [piece, larger] = [pieces[at] as number, pieces[at - 1]]
        const most = larger === undefined ? Number.POSITIVE_INFINITY : larger / piece
        at = (await writeUntilFull(file, Buffer.alloc(piece, 'x'), most)) ? at + 1 : 0
      }
    },
    free: () => rm(ballast, { force: true }),
    async close() {
      for (const mount of (await volumesBelow(path)).reverse()) await run('umount', [mount])
      await rm(image)
    },
  }
}

/** Writes so many times at most; false when there was room for all of them. */
async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, piece: Buffer, most: number): Promise<boolean> {
  try {
    for (let count = 0; count < most; count++) {
      const { bytesWritten } = await file.write(piece)
      if (bytesWritten < piece.length) return true
    }
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    return true
  }
}
