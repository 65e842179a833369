import { constants } from 'node:fs'
import { type FileHandle, link, lstat, lutimes, mkdir, open, rm, symlink } from 'node:fs/promises'

/** The files themselves are to blame, and will be the next time; the message is about them. */
export class FilesRefused extends Error {
  override name = 'FilesRefused'
}

export interface Owner {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Since 1970, of the last change. */
  readonly seconds: number
}

export interface OwnFile {
  readonly size: number
  /** Parts in order; what lies between them is a hole. */
  readonly content: AsyncIterable<{ readonly at: number; readonly bytes: Buffer }>
}

/** A directory of this machine that holds what somebody else says, each thing by the names of its directories and its own. */
export interface OwnTree {
  directory(path: readonly string[], owner: Owner): Promise<void>
  file(path: readonly string[], owner: Owner, file: OwnFile): Promise<void>
  link(path: readonly string[], target: Buffer, owner: Owner): Promise<void>
  /** Another name of a file that is there. */
  sameAs(path: readonly string[], other: readonly string[]): Promise<void>
  close(): Promise<void>
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
/** Neither setuid nor setgid: nothing is run from here. */
const KEPT_MODE = 0o1777
/** What the files are to blame for, by the error that they cause. */
const BLAMED: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'a name is longer than names can be here',
  EFBIG: 'a file is larger than files can be here',
  EINVAL: 'a name or a size is none',
  EMLINK: 'a file has more names than files can have here',
  ERR_OUT_OF_RANGE: 'a number is none',
}

/**
 * The tree of a directory. Each step is taken from the one before and through no link, whatever stands there; something else in the
 * place of what comes is removed. Owners are kept where this process may, and where it may not, its own user can read and write everything.
 */
export const openOwnTree = async (root: string): Promise<OwnTree> => {
  const isRoot = process.getuid?.() === 0
  const levels: { name: string; handle: FileHandle }[] = [{ name: '', handle: await open(root, DIRECTORY) }]
  const placeIn = ({ fd }: FileHandle, name: string) => `/proc/self/fd/${fd}/${name}`

  /** The directory that holds what is named; made, and cleared of what is none, on the way. */
  const parentOf = async (path: readonly string[]): Promise<FileHandle> => {
    const wanted = path.slice(0, -1)
    let same = 0
    while (same < wanted.length && levels[same + 1]?.name === wanted[same]) same += 1
    for (const { handle } of levels.splice(same + 1)) await handle.close()
    for (const name of wanted.slice(same)) {
      const { handle } = levels.at(-1) as { handle: FileHandle }
      levels.push({ name, handle: await directoryIn(placeIn(handle, name)) })
    }
    return (levels.at(-1) as { handle: FileHandle }).handle
  }
  const placeOf = async (path: readonly string[]): Promise<string> => placeIn(await parentOf(path), path.at(-1) ?? '')

  const settle = async (handle: FileHandle, { mode, uid, gid, seconds }: Owner, least: number): Promise<void> => {
    if (isRoot) await handle.chown(uid, gid)
    await handle.chmod((mode & KEPT_MODE) | (isRoot ? 0 : least))
    await handle.utimes(seconds, seconds)
  }

  const tree: OwnTree = {
    async directory(path, owner) {
      // The root is the server's own.
      if (path.length === 0) return
      const handle = await directoryIn(await placeOf(path))
      try {
        await settle(handle, owner, 0o700)
      } finally {
        await handle.close()
      }
    },
    async file(path, owner, { size, content }) {
      const file = await inPlaceOf(await placeOf(path), place => open(place, NEW_FILE, 0o600))
      try {
        for await (const { at, bytes } of content) await writeAll(file, bytes, at)
        await file.truncate(size)
        await settle(file, owner, 0o600)
      } finally {
        await file.close()
      }
    },
    async link(path, target, { seconds }) {
      const place = await placeOf(path)
      await inPlaceOf(place, at => symlink(target, at))
      await lutimes(place, seconds, seconds)
    },
    async sameAs(path, other) {
      const parent = await open(
        `/proc/self/fd/${(await parentOf(other)).fd}`,
        constants.O_RDONLY | constants.O_DIRECTORY,
      )
      try {
        const file = placeIn(parent, other.at(-1) ?? '')
        const found = await lstat(file).catch(unless('ENOENT'))
        if (!found?.isFile()) throw new FilesRefused('one is another name of no file of theirs')
        if (path.join('/') !== other.join('/')) await inPlaceOf(await placeOf(path), place => link(file, place))
      } finally {
        await parent.close()
      }
    },
    async close() {
      for (const { handle } of levels.splice(0)) await handle.close()
    },
  }
  return blamed(tree)
}

const directoryIn = async (place: string): Promise<FileHandle> => {
  await mkdir(place, 0o700).catch(unless('EEXIST'))
  return open(place, DIRECTORY).catch(async error => {
    unless('ENOTDIR', 'ELOOP')(error)
    await rm(place)
    await mkdir(place, 0o700)
    return open(place, DIRECTORY)
  })
}

const inPlaceOf = async <T>(place: string, make: (place: string) => Promise<T>): Promise<T> =>
  make(place).catch(async error => {
    unless('EEXIST')(error)
    await rm(place, { recursive: true })
    return make(place)
  })

const writeAll = async (file: FileHandle, bytes: Buffer, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

const unless =
  (...codes: string[]) =>
  (error: unknown): void => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }

/** Errors that the files cause are told as theirs. */
const blamed = (tree: OwnTree): OwnTree => {
  const told = async (doing: Promise<void>): Promise<void> =>
    doing.catch(error => {
      const words = BLAMED[(error as NodeJS.ErrnoException).code ?? '']
      throw words ? new FilesRefused(words, { cause: error }) : error
    })
  return {
    directory: (...of) => told(tree.directory(...of)),
    file: (...of) => told(tree.file(...of)),
    link: (...of) => told(tree.link(...of)),
    sameAs: (...of) => told(tree.sameAs(...of)),
    close: tree.close,
  }
}
