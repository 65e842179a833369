import { mkdir, statfs } from 'node:fs/promises'
import { posix, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { unpackTar } from 'modern-tar/fs'
import { ServiceError } from '../ground/errors.ts'
import { denseTar } from './dense-tar.ts'
import { isForeign } from './pack-artifact.ts'

/** Bounds of what an artifact unpacks to. */
export interface ArtifactLimits {
  readonly bytes: number
  readonly members: number
  /** Directories inside one another. */
  readonly depth: number
}

const usualLimits = { members: 1_000_000, depth: 100 }
/** Of what the disk has free: it is everybody's. */
const mostOfFree = 7 / 8

const unpackable = ['file', 'directory', 'symlink', 'link']
/** Errors that names in an archive cause: too long, a file where a directory should be, and so on. */
const namingErrors = ['ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'EINVAL', 'ERR_INVALID_ARG_VALUE']

/** It would take more than there is room for. */
export class ArtifactTooLarge extends ServiceError {
  constructor(what: string, bytes: number) {
    super('ClientError', `The model artifact ${what} cannot be unpacked: it holds more than ${bytes} bytes.`)
  }
}

/**
 * Unpacks a `.tar.gz` into a directory, as GNU tar, BSD tar and Python write it. Members that would land outside, links that leave it,
 * devices and bombs are refused with a ServiceError of code `ClientError` that says what is wrong with the archive; without limits of
 * its own it may take most of what the disk has free. `what` names it in that error.
 */
export async function unpackArtifact(
  archive: Readable,
  directory: string,
  what: string,
  given: Partial<ArtifactLimits> = {},
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const limits = { ...usualLimits, bytes: await freeBytes(directory), ...given }
  let bytes = 0
  let members = 0
  const complain = (problem: string) =>
    new ServiceError('ClientError', `The model artifact ${what} cannot be unpacked: ${problem}.`)
  const unpack = unpackTar(directory, {
    strict: true,
    dmode: 0o755,
    maxDepth: limits.depth,
    // Readable for whatever user the container runs as; programs stay programs.
    map: header => ({ ...header, mode: (header.mode ?? 0) & 0o111 ? 0o755 : 0o644 }),
    filter: header => {
      // The directory itself, as the Python SDKs, GNU tar and BSD tar name it.
      if (header.type === 'directory' && isRoot(header.name)) return false
      if (!unpackable.includes(header.type ?? 'file')) throw complain(`its member "${header.name}" is a ${header.type}`)
      if (Object.keys(header.pax ?? {}).some(key => key.startsWith('GNU.sparse.')))
        throw complain(`its member "${header.name}" is a sparse file; make the archive without --sparse`)
      if (isForeign(header.name)) throw complain(`its member "${header.name}" has a name that is not portable`)
      if (escapes(header.name)) throw complain(`its member "${header.name}" would land outside the model directory`)
      const target = header.linkname ?? ''
      if (header.type === 'symlink' ? leaves(header.name, target) : header.type === 'link' && escapes(target))
        throw complain(`its link "${header.name}" leads outside the model directory`)
      bytes += header.size
      members++
      if (bytes > limits.bytes) throw new ArtifactTooLarge(what, limits.bytes)
      if (members > limits.members) throw complain(`it has more than ${limits.members} members`)
      return true
    },
  })
  try {
    await pipeline(archive, createGunzip({ chunkSize: 65_536 }), denseTar, unpack)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code && !code.startsWith('Z_') && !namingErrors.includes(code)) throw error
    throw complain(GZIP_WORDS[message] ?? message.replaceAll(`${resolve(directory)}${sep}`, ''))
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return Math.floor(bavail * bsize * mostOfFree)
}

/** What zlib says, for those who do not know it. */
const GZIP_WORDS: Readonly<Record<string, string>> = {
  'incorrect header check': 'it is no gzip archive',
  'unexpected end of file': 'it breaks off before its end',
  'incorrect data check': 'its content is damaged: the check sum of gzip does not fit',
  'invalid block type': 'its content is damaged',
  'invalid distance too far back': 'its content is damaged',
}

const isRoot = (name: string): boolean => /^(\.?\/)*\.?$/.test(name)

const leaves = (link: string, target: string): boolean =>
  target.startsWith('/') || escapes(posix.join(posix.dirname(link), target))

function escapes(name: string): boolean {
  const path = posix.normalize(name)
  return path.startsWith('/') || path === '..' || path.startsWith('../')
}
