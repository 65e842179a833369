import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ServiceError } from '../ground/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { containerFiles } from './container-files.ts'
import { createLeftOut } from './left-out.ts'
import { parseS3Uri } from './s3-uri.ts'

/** What the store has of each file, by path: in the store's words until the file was seen to be the same, then when it was changed. */
export type Synced = Map<
  string,
  { readonly size: number } & ({ readonly etag: string } | { readonly changedMs: number })
>

/** What is below the URI, taken as a directory whether or not it ends with a slash. */
function below(uri: string): { bucket: string; prefix: string } {
  const { bucket, key } = parseS3Uri(uri)
  return { bucket, prefix: key === '' || key.endsWith('/') ? key : `${key}/` }
}

/**
 * Writes what an earlier attempt or job has left at the URI into a host's checkpoint directory. Throws a ServiceError of code
 * `ClientError` for a key that cannot be a file. Source: SageMaker Developer Guide, "Checkpoints in Amazon SageMaker".
 */
export async function restoreCheckpoints(
  objects: Objects,
  as: Principal,
  uri: string,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const { bucket, prefix } = below(uri)
  for await (const { key } of objects.list(as, bucket, prefix)) {
    signal?.throwIfAborted()
    if (key.endsWith('/')) continue
    const path = join(directory, requireFileName(bucket, key, prefix))
    await mkdir(dirname(path), { recursive: true })
    const { body } = await objects.get(as, bucket, key)
    await pipeline(body, createWriteStream(path, { flags: 'wx' }), { ...(signal && { signal }) })
  }
}

function requireFileName(bucket: string, key: string, prefix: string): string {
  const path = key.slice(prefix.length)
  if (path.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))) return path
  throw new ServiceError('ClientError', `The key of the checkpoint s3://${bucket}/${key} cannot be a file name.`)
}

/** What the store has already: the state to begin with after a restart, got from the store itself. */
export async function syncedCheckpoints(objects: Objects, as: Principal, uri: string): Promise<Synced> {
  const { bucket, prefix } = below(uri)
  const synced: Synced = new Map()
  for await (const { key, size, etag } of objects.list(as, bucket, prefix))
    synced.set(key.slice(prefix.length), { size, etag })
  return synced
}

/**
 * Uploads the files that are new or changed since `synced`, and notes them there. A file that is being written is uploaded as it is
 * and again when it has changed. Files that the container removes stay in the store; what is no file is passed over. Throws a
 * ServiceError of code `AlgorithmError` for a name that no object can have, after the rest, and at a limit of what a container may leave.
 */
export async function uploadCheckpoints(
  objects: Objects,
  as: Principal,
  uri: string,
  directory: string,
  synced: Synced,
): Promise<void> {
  const { bucket, prefix } = below(uri)
  const leftOut = createLeftOut()
  for await (const entry of containerFiles(directory)) {
    const { path } = entry
    if (entry.kind === 'other' && entry.what === 'a name that is no UTF-8') leftOut.lose(path, entry.what)
    if (entry.kind !== 'file') continue
    const { file } = entry
    const { size, mtimeMs: changedMs } = entry.stat
    if (!(await isSynced(file, size, changedMs, synced.get(path))))
      await objects.put(as, bucket, prefix + path, beginning(file, size))
    synced.set(path, { size, changedMs })
  }
  leftOut.check()
}

/** As much as there was when its size was read: what grows faster than it is read never ends. */
const beginning = (file: FileHandle, size: number): Readable =>
  size === 0 ? Readable.from([]) : file.createReadStream({ autoClose: false, start: 0, end: size - 1 })

async function isSynced(
  file: FileHandle,
  size: number,
  changedMs: number,
  known: ReturnType<Synced['get']>,
): Promise<boolean> {
  if (known?.size !== size) return false
  if ('changedMs' in known) return known.changedMs === changedMs
  const hash = createHash('md5')
  for await (const chunk of beginning(file, size)) hash.update(chunk)
  return hash.digest('hex') === known.etag
}
