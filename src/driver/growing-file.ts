import { watch } from 'node:fs'
import { open } from 'node:fs/promises'

const CHUNK_BYTES = 1 << 16

/** The content of a file that somebody appends to, as it grows, until `ended` has resolved and all of it was read. */
export const growingFile = async function* (path: string, ended: Promise<unknown>): AsyncGenerator<Buffer> {
  let wake = Promise.withResolvers<void>()
  let complete = false
  const watcher = watch(path, () => wake.resolve())
  const file = await open(path)
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
      else if (wasComplete) return
      else await Promise.race([wake.promise, ended])
    }
  } finally {
    watcher.close()
    await file.close()
  }
}
