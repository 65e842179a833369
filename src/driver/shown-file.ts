import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * Where the engine finds a file of this program: where it is, or, for an engine that does not see this program's files, as its copy in `shown`, a
 * directory that has the same path for the engine. Copied once: not again before the file is another one.
 */
export const shownToEngine = async (path: string, shown: string | undefined): Promise<string> => {
  if (shown === undefined) return path
  const copy = join(shown, basename(path))
  if (await isCopyOf(copy, path)) return copy
  await mkdir(shown, { recursive: true, mode: 0o755 })
  await removeUnfinished(shown)
  // Aside, since a running probe keeps the one that it has.
  const aside = `${copy}.${process.pid}`
  try {
    await cp(path, aside, { preserveTimestamps: true, dereference: true })
    await rename(aside, copy)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  return copy
}

const isCopyOf = async (copy: string, path: string): Promise<boolean> => {
  const [there, original] = await Promise.all([stat(copy).catch(() => undefined), stat(path)])
  // Not every file system keeps the fraction of a second.
  const seconds = (time: Date) => Math.floor(time.getTime() / 1000)
  return there?.size === original.size && seconds(there.mtime) === seconds(original.mtime)
}

/** What was being copied when its server was killed: each would hold its room for ever. */
const removeUnfinished = async (shown: string): Promise<void> => {
  for (const name of await readdir(shown)) {
    const [, pid] = /\.(\d+)$/.exec(name) ?? []
    if (pid !== undefined && pid !== String(process.pid) && !existsSync(`/proc/${pid}`))
      await rm(join(shown, name), { force: true })
  }
}
