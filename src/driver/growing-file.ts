import { watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'

const CHUNK_BYTES = 1 << 16

/**
 * The content of a file that somebody appends to, as it grows, until `ended` has resolved and all of it was read. When another file
 * takes its name, the rest of the old one comes first, and then the new one; of several that came and went meanwhile, the last.
 */
export const growingFile = async function* (path: string, ended: Promise<unknown>): AsyncGenerator<Buffer> {
  let wake = Promise.withResolvers<void>()
  let complete = false
  // A file tells nothing of its name.
  const watcher = watch(dirname(path), () => wake.resolve())
  let file = await open(path)
  let next: FileHandle | undefined
  ended.then(
    () => {
      complete = true
      wake.resolve()
    },
    () => wake.resolve(),
  )
  try {
    for (;;) {
      const wasComplete = complete
      wake = Promise.withResolvers()
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES) })
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
      else if (next) {
        await file.close()
        file = next
        next = undefined
      } else {
        // Whatever was written to the old one before it lost its name is read once more.
        next = await successor(file, path)
        if (next) continue
        if (wasComplete) return
        await Promise.race([wake.promise, ended])
      }
    }
  } finally {
    watcher.close()
    await file.close()
    await next?.close()
  }
}

/** The file that has the name now, when it is another. */
const successor = async (file: FileHandle, path: string): Promise<FileHandle | undefined> => {
  const now = await open(path).catch(() => undefined)
  if (!now) return undefined
  const [{ ino: mine }, { ino }] = await Promise.all([file.stat(), now.stat()])
  if (ino !== mine) return now
  await now.close()
}
