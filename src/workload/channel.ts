import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused, bodyMemory } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import { turns } from '../ground/turns.ts'
import type { ObjectInfo, Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import type { ListRoom } from './list-memory.ts'
import { parseS3Uri } from './s3-uri.ts'

/** What a channel or a transform reads: `S3Prefix` takes every key that begins with the URI's; `ManifestFile` lists keys. */
export interface S3Source {
  readonly S3DataType: string
  readonly S3Uri: string
  readonly S3DataDistributionType?: string
}

export interface SourceObject extends ObjectInfo {
  readonly bucket: string
  /** Path below the source, slash-separated, safe to use as a relative file path. */
  readonly path: string
}

/** A manifest is parsed in one piece, which holds everybody up. */
const mostManifestBytes = 8 * 1024 * 1024
/** What is known of an object, in bytes, beside its names. */
const objectBytes = 300
const objectsATurn = 1000

/**
 * The objects of a source, in key order; a manifest's in its own. Throws a ServiceError of code `ClientError` when there are none, a key
 * cannot be a file, or they are more than ever have room; BodyRefused when they have none now. Source: SageMaker API reference, S3DataSource.
 */
export async function listSource(
  objects: Objects,
  as: Principal,
  source: S3Source,
  room: ListRoom,
): Promise<SourceObject[]> {
  const list = source.S3DataType === 'ManifestFile' ? manifest : prefix
  const found = await list(objects, as, source.S3Uri, room)
  if (found.length === 0)
    throw clientError(
      `No S3 objects found under S3 URL "${source.S3Uri}" given in input data source. Please ensure that the bucket exists, that the objects exist, and that the role can read them.`,
    )
  const paths = new Map<string, SourceObject>()
  for (const [index, object] of found.entries()) {
    if (index % objectsATurn === 0) await turns.takeAgain(as.account)
    const other = paths.get(object.path)
    if (other && other.key !== object.key)
      throw clientError(
        `The keys "${other.key}" and "${object.key}" of bucket "${object.bucket}" would be the same file "${object.path}".`,
      )
    paths.set(object.path, object)
  }
  return found
}

/** Puts the objects as files below `directory`: whole on every host, or every n-th on each when sharded. Returns bytes staged. Throws the signal's reason. */
export async function stageObjects(
  objects: Pick<Objects, 'materialize'>,
  as: Principal,
  found: readonly SourceObject[],
  directory: string,
  shard: { index: number; count: number },
  signal?: AbortSignal,
): Promise<number> {
  let bytes = 0
  const files = new Set(found.map(object => object.path))
  for (const [index, { path, key, bucket }] of found.entries()) {
    if (index % objectsATurn === 0) await turns.takeAgain(as.account)
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      if (files.has(path.slice(0, slash)))
        throw clientError(
          `The key of s3://${bucket}/${key} needs a directory "${path.slice(0, slash)}", and another object is a file of that name.`,
        )
  }
  for (const [index, object] of found.entries()) {
    signal?.throwIfAborted()
    if (index % shard.count !== shard.index) continue
    const path = join(directory, object.path)
    await mkdir(dirname(path), { recursive: true })
    await objects.materialize(as, object.bucket, object.key, path)
    bytes += object.size
  }
  return bytes
}

async function prefix(objects: Objects, as: Principal, uri: string, room: ListRoom): Promise<SourceObject[]> {
  const { bucket, key } = parseS3Uri(uri)
  const found: SourceObject[] = []
  for await (const info of objects.list(as, bucket, key)) {
    if (info.key.endsWith('/')) continue
    room.grow(knownBytes(info.key), uri)
    found.push({ ...info, bucket, path: safePath(relativeKey(key, info.key), bucket, info.key) })
  }
  return found
}

async function manifest(objects: Objects, as: Principal, uri: string, room: ListRoom): Promise<SourceObject[]> {
  const { bucket, key } = parseS3Uri(uri)
  const { body } = await objects.get(as, bucket, key)
  const entries = await readManifest(as, uri, body)
  const base = parseS3Uri(entries.prefix)
  const found: SourceObject[] = []
  for (const relative of entries.keys) {
    room.grow(knownBytes(base.key + relative), uri)
    await turns.takeAgain(as.account)
    const path = safePath(relative, base.bucket, base.key + relative)
    found.push({ ...(await objects.head(as, base.bucket, base.key + relative)), bucket: base.bucket, path })
  }
  return found
}

const knownBytes = (key: string): number => objectBytes + 2 * key.length

async function readManifest(as: Principal, uri: string, body: Readable): Promise<Manifest> {
  const memory = bodyMemory.claim(`manifests ${as.account}`, { of: as.account })
  try {
    return parseManifest(uri, Buffer.from(await readWhole(body, { limit: mostManifestBytes, memory })).toString())
  } catch (error) {
    if (!(error instanceof BodyRefused) || error.reason !== 'size') throw error
    throw clientError(`The manifest ${uri} has more than ${mostManifestBytes} bytes, the most that is read of one.`)
  } finally {
    body.destroy()
    memory.release()
  }
}

interface Manifest {
  readonly prefix: string
  readonly keys: readonly string[]
}

function parseManifest(uri: string, text: string): Manifest {
  const malformed = clientError(
    `The manifest ${uri} is not a JSON array of {"prefix": "s3://…"} followed by relative keys.`,
  )
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {
    throw malformed
  }
  if (!Array.isArray(entries) || typeof entries[0]?.prefix !== 'string') throw malformed
  if (!entries.slice(1).every(entry => typeof entry === 'string')) throw malformed
  return { prefix: entries[0].prefix, keys: entries.slice(1) }
}

/** The part of a key that a container sees, for a source that names a directory, a whole key or a beginning of names. */
export function relativeKey(prefix: string, key: string): string {
  if (key === prefix) return key.slice(key.lastIndexOf('/') + 1)
  if (prefix === '' || prefix.endsWith('/')) return key.slice(prefix.length)
  if (key[prefix.length] === '/') return key.slice(prefix.length + 1)
  return key.slice(prefix.lastIndexOf('/') + 1)
}

function safePath(relative: string, bucket: string, key: string): string {
  const parts = relative.split('/').filter(part => part !== '')
  const unsafe =
    parts.length === 0 ||
    parts.some(part => part === '.' || part === '..' || part.includes('\0') || Buffer.byteLength(part) > 255)
  if (unsafe) throw clientError(`The key of s3://${bucket}/${key} cannot be a file name below the channel's directory.`)
  return parts.join('/')
}

const clientError = (message: string) => new ServiceError('ClientError', message)
