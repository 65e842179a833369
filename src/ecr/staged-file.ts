import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ByteStream } from '../ground/body.ts'

/**
 * Writes a stream into a file from `position` on. What `written` counts is on the disk when this resolves, also when the stream broke
 * off or the disk is full: then `error` says why.
 */
export async function writeStagedFile(
  path: string,
  position: number,
  body: ByteStream,
): Promise<{ written: number; error?: unknown }> {
  await using file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  let written = 0
  let error: unknown
  try {
    for await (const chunk of body) {
      await writeWhole(file, chunk, position + written)
      written += chunk.length
      body.release?.(chunk)
    }
  } catch (cause) {
    error = cause
  }
  await file.datasync()
  if (position === 0) await syncName(path)
  return { written, error }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; )
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten
}

/** A new file's name is durable only once its directory is. */
async function syncName(path: string): Promise<void> {
  await using directory = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  await directory.sync()
}
