import { realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

/**
 * The place of a file or folder that something in a product's folder names. Throws an Error when it lies outside of that folder, by its
 * path or by a link on the way: whoever sent the folder would have files of whoever certifies, lists or exports it sent on.
 */
export async function withinFolder(folder: string, name: string): Promise<string> {
  const place = join(folder, name)
  if (!isBelow(resolve(folder), resolve(place)) || !isBelow(await realPlace(folder), await realPlace(place)))
    throw new Error(`${place} leads out of ${folder}: a product's files lie in its folder.`)
  return place
}

const isBelow = (folder: string, place: string): boolean => place === folder || place.startsWith(`${folder}${sep}`)

/** What is not there leads nowhere: who reads it says so. */
async function realPlace(place: string): Promise<string> {
  for (let known = resolve(place), rest = ''; ; ) {
    const real = await realpath(known).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })
    if (real !== undefined) return join(real, rest)
    rest = join(known.slice(known.lastIndexOf(sep) + 1), rest)
    known = resolve(known, '..')
  }
}
