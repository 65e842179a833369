import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, opendir, readlink } from 'node:fs/promises'
import { clock } from './clock.ts'

/** What a directory that is not trusted may hold; beyond, `refuse` makes the error from words that name the limit. */
export interface WalkLimits {
  /** Files, directories and everything else. */
  readonly entries: number
  /** Directories inside one another. */
  readonly depth: number
  /** Of a path below the root. */
  readonly pathBytes: number
  /** Of all files together, as long as they claim to be: a hole is read as zeros. A hard link counts once. */
  readonly bytes: number
  /** From the first step to the last, with whatever is done between them. */
  readonly seconds: number
  readonly refuse: (problem: string) => Error
}

/** Something below a root, by its path there, slash-separated. */
export type WalkEntry = { readonly path: string } & (
  | { readonly kind: 'directory'; readonly stat: Stats }
  /** Open for reading; closed when the next one is asked for. `sameAs` is the path at which the file was met before. */
  | { readonly kind: 'file'; readonly stat: Stats; readonly file: FileHandle; readonly sameAs?: string }
  | { readonly kind: 'link'; readonly stat: Stats; readonly target: string }
  /** A pipe, socket or device; or something whose name is no UTF-8, which neither archives nor object keys carry. */
  | { readonly kind: 'other'; readonly what: 'neither file, directory nor link' | 'a name that is no UTF-8' }
)

export const usualWalkLimits = { entries: 1_000_000, depth: 100, pathBytes: 4096, seconds: 6 * 3600 }

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

interface Level {
  readonly handle: FileHandle
  readonly path: string
  /** Sorted, the last first. */
  readonly names: Buffer[]
}

/**
 * Everything below a directory, each directory before what it holds. Somebody may change it meanwhile and put links in the place
 * of directories, so each step is opened relative to the one before and never through a link. Nothing when the root is no directory.
 */
export async function* boundedWalk(root: string, limits: WalkLimits): AsyncGenerator<WalkEntry> {
  const count = counter(limits)
  const levels: Level[] = []
  const descend = async (from: string | Buffer, path: string): Promise<void> => {
    const handle = await open(from, directoryFlags).catch(gone)
    if (handle) levels.push({ handle, path, names: await namesOf(handle, count).catch(closing(handle)) })
  }
  try {
    await descend(root, '')
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const name = level.names.pop()
      if (!name) {
        levels.pop()
        await level.handle.close()
        continue
      }
      const source = Buffer.concat([Buffer.from(`/proc/self/fd/${level.handle.fd}/`), name])
      const path = level.path === '' ? name.toString() : `${level.path}/${name}`
      count.path(path)
      const entry = await entryAt(source, path, name, count)
      if (!entry) continue
      try {
        yield entry
      } finally {
        if (entry.kind === 'file') await entry.file.close()
      }
      if (entry.kind !== 'directory') continue
      count.depth(levels.length, path)
      await descend(source, path)
    }
  } finally {
    for (const { handle } of levels) await handle.close()
  }
}

type Counter = ReturnType<typeof counter>

function counter({ entries, depth, pathBytes, bytes, seconds, refuse }: WalkLimits) {
  const end = clock.elapsed() + seconds * 1000
  let seen = 0
  let size = 0
  const known = new Map<string, string>()
  return {
    entry() {
      if (++seen > entries) throw refuse(`more than ${entries} files and directories`)
    },
    path(path: string) {
      if (clock.elapsed() > end) throw refuse(`so much that it took more than ${seconds} seconds`)
      if (Buffer.byteLength(path) > pathBytes)
        throw refuse(`a path of more than ${pathBytes} bytes, "${path.slice(0, 80)}…"`)
    },
    depth(levels: number, path: string) {
      if (levels > depth) throw refuse(`more than ${depth} directories inside one another, "${path.slice(0, 80)}…"`)
    },
    /** Where the file was met before, if it has several names. */
    file({ dev, ino, nlink, size: more }: Stats, path: string): string | undefined {
      const before = nlink > 1 ? known.get(`${dev} ${ino}`) : undefined
      if (before !== undefined) return before
      if (nlink > 1) known.set(`${dev} ${ino}`, path)
      size += more
      if (size > bytes) throw refuse(`files of more than ${bytes} bytes, holes included`)
      return undefined
    },
  }
}

async function namesOf({ fd }: FileHandle, count: Counter): Promise<Buffer[]> {
  const names: Buffer[] = []
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 }
  for await (const { name } of await opendir(`/proc/self/fd/${fd}`, options)) {
    count.entry()
    // The types know no directory entries whose names are bytes.
    names.push(name as unknown as Buffer)
  }
  return names.sort((one, other) => Buffer.compare(other, one))
}

/** Undefined for what was removed or replaced since it was listed. */
async function entryAt(source: Buffer, path: string, name: Buffer, count: Counter): Promise<WalkEntry | undefined> {
  if (!Buffer.from(name.toString()).equals(name)) return { kind: 'other', path, what: 'a name that is no UTF-8' }
  const stat = await lstat(source).catch(gone)
  if (!stat) return undefined
  if (stat.isDirectory()) return { kind: 'directory', path, stat }
  if (stat.isSymbolicLink()) {
    const target = await readlink(source).catch(gone)
    return target === undefined ? undefined : { kind: 'link', path, stat, target }
  }
  if (!stat.isFile()) return { kind: 'other', path, what: 'neither file, directory nor link' }
  const file = await open(source, fileFlags).catch(gone)
  if (!file) return undefined
  try {
    const opened = await file.stat()
    const sameAs = opened.isFile() ? count.file(opened, path) : undefined
    if (opened.isFile()) return { kind: 'file', path, stat: opened, file, ...(sameAs !== undefined && { sameAs }) }
    await file.close()
    return undefined
  } catch (error) {
    return closing(file)(error)
  }
}

const closing =
  (handle: FileHandle) =>
  async (error: unknown): Promise<never> => {
    await handle.close()
    throw error
  }

function gone(error: unknown): undefined {
  if (!['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? ''))
    throw error
}
