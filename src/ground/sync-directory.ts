import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Makes lasting which names a directory has. */
export async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync()
}
