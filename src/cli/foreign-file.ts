import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * A file that somebody else wrote, as a container into a folder that it shares with this machine. Throws an Error that begins with `name` for what is no file
 * (a link leads to other files, a pipe ends never), is not there, or has more than `most` bytes.
 */
export async function readForeignFile(path: string, name: string, most: number): Promise<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${name} ${error.code === 'ENOENT' ? 'is not there' : `is no file (${error.code})`}.`)
  })
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${name} is no file.`)
    // One byte more tells that there is more, however it grows meanwhile.
    const content = Buffer.alloc(Math.min((await file.stat()).size, most) + 1)
    let size = 0
    for (let read = 1; read > 0 && size < content.length; size += read)
      read = (await file.read(content, size, content.length - size, size)).bytesRead
    if (size > most) throw new Error(`${name} has more than ${most} bytes.`)
    return content.subarray(0, size)
  } finally {
    await file.close()
  }
}
