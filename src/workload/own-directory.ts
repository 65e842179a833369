import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from '../ground/errors.ts'

/**
 * The path of a directory that a container could change, when it is still one all the way down from `root`; undefined when the
 * container has removed it. What stands in its place otherwise may be a link to anywhere on this machine, so it is refused with a
 * ServiceError of code `AlgorithmError`. Only for containers that have ended: one that runs could put a link there meanwhile.
 */
export async function ownDirectory(root: string, below: string): Promise<string | undefined> {
  let path = root
  for (const name of below.split('/')) {
    path = join(path, name)
    const stat = await lstat(path).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    })
    if (!stat) return undefined
    if (!stat.isDirectory())
      throw new ServiceError(
        'AlgorithmError',
        `The container replaced "${below}" by something that is not a directory.`,
      )
  }
  return path
}
