import { readlink, realpath } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { createTarPacker } from 'modern-tar'
import type { WalkEntry } from '../ground/bounded-walk.ts'
import { ServiceError } from '../ground/errors.ts'
import { containerFiles } from './container-files.ts'
import { createLeftOut, type LeftOut } from './left-out.ts'

/**
 * Streams directories as one `.tar.gz` with members at its root; where hosts wrote the same name, the first host's is kept. Links stay
 * links when they lead to somewhere inside, and so do a file's further names; what is neither file, directory nor such a link is noted
 * in `leftOut` as the archive is read. A ServiceError of code `AlgorithmError` ends the stream at a limit of what a container may leave.
 */
export function packArtifact(directories: readonly string[], leftOut: LeftOut): Readable {
  const gzip = createGzip({ level: 6 })
  const { readable, controller } = createTarPacker()
  pack(directories, controller, leftOut).catch(error => controller.error(error))
  pipeline(Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0]), gzip).catch(error =>
    gzip.destroy(error),
  )
  return gzip
}

type Packer = ReturnType<typeof createTarPacker>['controller']

async function pack(directories: readonly string[], packer: Packer, leftOut: LeftOut): Promise<void> {
  const packed = new Set<string>()
  for (const root of directories)
    for await (const entry of containerFiles(root)) {
      // A directory of several hosts holds the files of all.
      if (packed.has(entry.path)) continue
      if (entry.kind !== 'other' && isForeign(entry.path))
        leftOut.lose(entry.path, 'a name that archives do not carry safely')
      else if (await packEntry(root, entry, packer, leftOut)) packed.add(entry.path)
    }
  packer.finalize()
}

/** False for what is left out. */
async function packEntry(root: string, entry: WalkEntry, packer: Packer, leftOut: LeftOut): Promise<boolean> {
  const { path: name } = entry
  if (entry.kind === 'other') {
    noteOther(entry, leftOut)
    return false
  }
  const { mode, mtime } = entry.stat
  const header = { name, size: 0, mode: mode & 0o7777, mtime }
  if (entry.kind === 'directory') await packer.add({ ...header, name: `${name}/`, type: 'directory' }).close()
  else if (entry.kind === 'link') {
    if (!(await leadsInside(root, resolve(root, name)))) {
      leftOut.pass(name, 'a link that leads outside')
      return false
    }
    await packer.add({ ...header, type: 'symlink', linkname: entry.target }).close()
  } else if (entry.sameAs !== undefined && !isForeign(entry.sameAs))
    await packer.add({ ...header, type: 'link', linkname: entry.sameAs }).close()
  else await packFile({ ...header, size: entry.stat.size, type: 'file' }, entry.file, packer)
  return true
}

const pieceBytes = 1 << 18

async function packFile(
  header: Parameters<Packer['add']>[0],
  file: Extract<WalkEntry, { kind: 'file' }>['file'],
  packer: Packer,
): Promise<void> {
  const writer = packer.add(header).getWriter()
  for (let at = 0; at < header.size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, header.size - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) throw new ServiceError('AlgorithmError', `The file "${header.name}" shrank while it was read.`)
    await writer.write(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
  await writer.close()
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

/** Names that archive programs read in Windows' way or pass over, and so would lose or move. */
export const isForeign = (name: string): boolean => name.trim() === '' || name.includes('\\') || /^[a-zA-Z]:/.test(name)

/** True when directories hold no file and no link; what else they hold is then noted in `leftOut`. Throws as `packArtifact` does. */
export async function isEmpty(directories: readonly string[], leftOut: LeftOut): Promise<boolean> {
  const others = createLeftOut()
  for (const directory of directories)
    for await (const entry of containerFiles(directory)) {
      if (entry.kind === 'file' || entry.kind === 'link') return false
      if (entry.kind === 'other') noteOther(entry, others)
    }
  leftOut.add(others)
  return true
}

/** A name that is no UTF-8 may be that of a file; a pipe, socket or device holds nothing. */
export function noteOther({ path, what }: Extract<WalkEntry, { kind: 'other' }>, leftOut: LeftOut): void {
  if (what === 'a name that is no UTF-8') leftOut.lose(path, what)
  else leftOut.pass(path, what)
}
