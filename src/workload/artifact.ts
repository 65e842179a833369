import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { packTar, type TarSource, unpackTar } from 'modern-tar/fs'
import { ServiceError } from '../ground/errors.ts'

/**
 * Streams directories as one `.tar.gz` with members at its root; where hosts wrote the same name, the first host's file is kept.
 * Symbolic links stay links when they lead to somewhere inside; anything else that is not a file or directory is refused, since the
 * container that wrote it is not trusted. Throws a ServiceError of code `AlgorithmError` that names the path.
 */
export async function packArtifact(directories: readonly string[]): Promise<Readable> {
  const members = new Map<string, TarSource>()
  for (const directory of directories)
    for await (const member of walk(directory)) if (!members.has(member.target)) members.set(member.target, member)
  const gzip = createGzip({ level: 6 })
  pipeline(packTar([...members.values()]), gzip).catch(error => gzip.destroy(error))
  return gzip
}

async function* walk(root: string, below = ''): AsyncGenerator<TarSource> {
  const names = (await readdir(join(root, below))).sort()
  for (const name of names) {
    const target = posix.join(below, name)
    const source = join(root, target)
    const stat = await lstat(source)
    if (stat.isDirectory()) {
      yield* walk(root, target)
      continue
    }
    if (isForeign(target))
      throw new ServiceError(
        'AlgorithmError',
        `The container left "${target}", a name that archives do not carry safely.`,
      )
    if (stat.isFile()) yield fileMember(source, target, stat)
    else if (!stat.isSymbolicLink() || !(await leadsInside(root, source))) throw refused(target)
    else yield { type: 'file', source, target }
  }
}

/** Names of one file become files of their own: an artifact with hard links would not be unpacked again. */
function fileMember(source: string, target: string, { nlink, size, mode, mtime }: Stats): TarSource {
  if (nlink === 1) return { type: 'file', source, target }
  const stat = { mode: mode & 0o7777, mtime }
  if (size === 0) return { type: 'content', content: '', target, ...stat }
  return { type: 'stream', content: Readable.from(contentOf(source)), size, target, ...stat }
}

async function* contentOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  yield* file.createReadStream()
}

/** Both as it is written and as it resolves here, through other links. */
async function leadsInside(root: string, link: string): Promise<boolean> {
  const written = resolve(dirname(link), await readlink(link))
  const real = await realpath(link).catch(() => undefined)
  return isBelow(root, written) && (real === undefined || isBelow(await realpath(root), real))
}

function isBelow(root: string, path: string): boolean {
  const target = relative(root, path)
  return target !== '..' && !target.startsWith(`..${sep}`) && !target.startsWith(sep)
}

const refused = (path: string) =>
  new ServiceError(
    'AlgorithmError',
    `The container left "${path}", which is neither a file nor a link to one inside the same directory.`,
  )

/** True when a directory holds nothing to pack. */
export async function isEmpty(directories: readonly string[]): Promise<boolean> {
  for (const directory of directories) for await (const _ of walk(directory)) return false
  return true
}

/** Bounds of what an artifact unpacks to. */
export interface ArtifactLimits {
  readonly bytes: number
  readonly members: number
}

const artifactLimits: ArtifactLimits = { bytes: 512 * 1024 ** 3, members: 2_000_000 }
const unpackable = ['file', 'directory', 'symlink']
/** Errors that names in an archive cause: too long, a file where a directory should be, and so on. */
const namingErrors = ['ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'EINVAL', 'ERR_INVALID_ARG_VALUE']

/**
 * Unpacks a `.tar.gz` into a directory. Members that would land outside, links that leave it, devices and bombs are refused with a
 * ServiceError of code `ClientError` that says what is wrong with the archive. `what` names it in that error.
 */
export async function unpackArtifact(
  archive: Readable,
  directory: string,
  what: string,
  limits = artifactLimits,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  let bytes = 0
  let members = 0
  const complain = (problem: string) =>
    new ServiceError('ClientError', `The model artifact ${what} cannot be unpacked: ${problem}.`)
  const unpack = unpackTar(directory, {
    strict: true,
    dmode: 0o755,
    // Readable for whatever user the container runs as; programs stay programs.
    map: header => ({ ...header, mode: (header.mode ?? 0) & 0o111 ? 0o755 : 0o644 }),
    filter: header => {
      if (!unpackable.includes(header.type ?? 'file')) throw complain(`its member "${header.name}" is a ${header.type}`)
      if (Object.keys(header.pax ?? {}).some(key => key.startsWith('GNU.sparse.')))
        throw complain(`its member "${header.name}" is a sparse file; make the archive without --sparse`)
      if (isForeign(header.name)) throw complain(`its member "${header.name}" has a name that is not portable`)
      if (escapes(header.name)) throw complain(`its member "${header.name}" would land outside the model directory`)
      if (header.type === 'symlink' && leaves(header.name, header.linkname ?? ''))
        throw complain(`its link "${header.name}" leads outside the model directory`)
      bytes += header.size
      members++
      if (bytes > limits.bytes) throw complain(`it holds more than ${limits.bytes} bytes`)
      if (members > limits.members) throw complain(`it has more than ${limits.members} members`)
      return true
    },
  })
  try {
    await pipeline(archive, createGunzip({ chunkSize: 65_536 }), unpack)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code && !code.startsWith('Z_') && !namingErrors.includes(code)) throw error
    throw complain(message.replaceAll(`${resolve(directory)}${sep}`, ''))
  }
}

/** Names that the archive library reads in Windows' way or passes over, and so would lose or move. */
const isForeign = (name: string): boolean => name.trim() === '' || name.includes('\\') || /^[a-zA-Z]:/.test(name)

const leaves = (link: string, target: string): boolean =>
  target.startsWith('/') || escapes(posix.join(posix.dirname(link), target))

function escapes(name: string): boolean {
  const path = posix.normalize(name)
  return path.startsWith('/') || path === '..' || path.startsWith('../')
}
