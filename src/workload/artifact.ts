import { lstat, mkdir, readdir, readlink } from 'node:fs/promises'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { packTar, type TarSource, unpackTar } from 'modern-tar/fs'
import { ServiceError } from '../service/errors.ts'

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
    if (stat.isDirectory()) yield* walk(root, target)
    else if (stat.isFile()) yield { type: 'file', source, target }
    else if (!stat.isSymbolicLink() || !(await leadsInside(root, source))) throw refused(target)
    else yield { type: 'file', source, target }
  }
}

async function leadsInside(root: string, link: string): Promise<boolean> {
  const target = relative(root, resolve(dirname(link), await readlink(link)))
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

const mostBytes = 512 * 1024 ** 3
const unpackable = ['file', 'directory', 'symlink', 'pax-header', 'pax-global-header']

/**
 * Unpacks a `.tar.gz` into a directory. Members that would land outside, links that leave it, devices and bombs are refused with a
 * ServiceError of code `ClientError` that says what is wrong with the archive. `what` names it in that error.
 */
export async function unpackArtifact(archive: Readable, directory: string, what: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  let bytes = 0
  const complain = (problem: string) =>
    new ServiceError('ClientError', `The model artifact ${what} cannot be unpacked: ${problem}.`)
  const unpack = unpackTar(directory, {
    fmode: 0o644,
    dmode: 0o755,
    filter: header => {
      if (!unpackable.includes(header.type ?? 'file')) throw complain(`its member "${header.name}" is a ${header.type}`)
      if (escapes(header.name)) throw complain(`its member "${header.name}" would land outside the model directory`)
      if (header.type === 'symlink' && escapes(posix.join(posix.dirname(header.name), header.linkname ?? '')))
        throw complain(`its link "${header.name}" leads outside the model directory`)
      bytes += header.size
      if (bytes > mostBytes) throw complain(`it holds more than ${mostBytes} bytes`)
      return true
    },
  })
  try {
    await pipeline(archive, createGunzip(), unpack)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code && !code.startsWith('Z_')) throw error
    throw complain(message)
  }
}

function escapes(name: string): boolean {
  const path = posix.normalize(name)
  return path.startsWith('/') || path === '..' || path.startsWith('../')
}
