import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ServiceError } from '../ground/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { type AugmentedManifest, openAugmentedManifest } from './augmented-manifest.ts'
import { listSource, type S3Source } from './channel.ts'
import type { ListRoom } from './list-memory.ts'
import { recordIo } from './record-io.ts'
import { parseS3Uri } from './s3-uri.ts'
import { share, shuffled } from './shuffle.ts'

/** What a channel in Pipe mode streams. */
export interface PipeChannel {
  readonly source: S3Source
  /** Of an augmented manifest's lines, in the order of the stream. */
  readonly attributes: readonly string[]
  readonly gzip: boolean
  readonly recordIo: boolean
  /** Another order in every epoch; the source's own without. */
  readonly seed?: number
}

export interface Shard {
  readonly index: number
  readonly count: number
}

/** The bytes of a channel, epoch by epoch. Errors are ServiceErrors that name the object or the line. */
export interface PipeSource {
  epoch(epoch: number, shard: Shard): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Lists what the channel reads, once for all epochs. `spool` is a path for an augmented manifest's copy. Throws ServiceErrors as
 * `listSource` does. Source: SageMaker API reference, Channel and S3DataSource.
 */
export async function openPipeSource(
  objects: Objects,
  as: Principal,
  channel: PipeChannel,
  spool: string,
  room: ListRoom,
): Promise<PipeSource> {
  const wrap = channel.recordIo ? recordIo : unwrapped
  const order = <Item>(items: ArrayLike<Item>, epoch: number, shard: Shard): Item[] =>
    share(channel.seed === undefined ? Array.from(items) : shuffled(items, channel.seed, epoch), shard)

  async function* object(bucket: string, key: string): AsyncGenerator<Uint8Array> {
    const what = `s3://${bucket}/${key}`
    const open = async () => {
      const { body } = await objects.get(as, bucket, key)
      return channel.gzip ? gunzipped(body, what) : body
    }
    const length = channel.gzip && channel.recordIo ? await lengthOf(await open()) : undefined
    yield* wrap(length ?? (await objects.head(as, bucket, key)).size, await open(), what)
  }

  async function* attributes(manifest: AugmentedManifest, line: number): AsyncGenerator<Uint8Array> {
    for (const { uri, text } of await manifest.read(line)) {
      if (uri !== undefined) {
        const { bucket, key } = parseS3Uri(uri)
        yield* object(bucket, key)
      } else {
        const bytes = Buffer.from(text)
        yield* wrap(bytes.length, once(bytes), `line ${line + 1} of ${channel.source.S3Uri}`)
      }
    }
  }

  if (channel.source.S3DataType === 'AugmentedManifestFile') {
    const { bucket, key } = parseS3Uri(channel.source.S3Uri)
    await objects.materialize(as, bucket, key, spool)
    const manifest = await openAugmentedManifest(spool, channel.source.S3Uri, channel.attributes, room)
    return {
      async *epoch(epoch, shard) {
        for (const line of order(manifest.lines, epoch, shard)) yield* attributes(manifest, line)
      },
      close: () => manifest.close(),
    }
  }
  const found = await listSource(objects, as, channel.source, room)
  return {
    async *epoch(epoch, shard) {
      for (const { bucket, key } of order(found, epoch, shard)) yield* object(bucket, key)
    },
    close: async () => {},
  }
}

const unwrapped = (_length: number, content: AsyncIterable<Uint8Array>, _what: string) => content

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* gunzipped(body: Readable, what: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  body.on('error', error => gunzip.destroy(error))
  try {
    yield* body.pipe(gunzip)
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error
    throw new ServiceError('ClientError', `${what} is not whole gzip content: ${(error as Error).message}`)
  } finally {
    body.destroy()
  }
}

async function lengthOf(content: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0
  for await (const chunk of content) length += chunk.length
  return length
}
