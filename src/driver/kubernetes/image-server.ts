import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { ImageBlob, ImageSource } from '../driver.ts'
import { plainConfig } from '../image-config.ts'
import { ImageFault } from '../image-fault.ts'
import { expansionOf } from '../layer-expansion.ts'
import { podSecret } from './agent-wire.ts'

/** What runs when a specification does not say. */
export interface ImageProgram {
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
}

interface ServedImage {
  /** Digest of the manifest that nodes pull: that of the image's layers under a configuration of ours. */
  readonly digest: string
  readonly manifest: Buffer
  readonly blobs: ReadonlyMap<string, { readonly size: number; open(): AsyncIterable<Uint8Array> }>
  readonly program: ImageProgram
}

export interface ImageServer {
  /** Looks through the image once for each digest, and resolves to what nodes pull it by. Throws ImageFault for what none can unpack. */
  serve(source: ImageSource): Promise<{ readonly reference: string; readonly program: ImageProgram }>
  programOf(reference: string): ImageProgram | undefined
  /** Of `.dockerconfigjson`: lets one Pod pull one image. */
  pullSecret(podName: string, reference: string): string
  /** Answers as a registry does. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

export interface ImageServerOptions {
  /** `HOST:PORT`, as the nodes reach it. */
  readonly host: () => string
  readonly secret: Buffer
  /** Whether an image was looked through before, in another process too. */
  readonly seen: { has(digest: string): Promise<boolean>; add(digest: string): Promise<void> }
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const REPOSITORY = 'modelmart/image'
const MOST_CONFIG_BYTES = 4 << 20

/**
 * Images for the nodes of a cluster: the layers as they are, and of the configuration what runs the program, as for other engines. It is
 * a registry of the kind that is pulled from by digest. Source: OCI Distribution Specification 1.1, "Pull".
 */
export const createImageServer = ({ host, secret, seen }: ImageServerOptions): ImageServer => {
  const images = new Map<string, ServedImage>()
  const looking = new Map<string, Promise<ServedImage>>()
  const referenceOf = ({ digest }: ServedImage) => `${host()}/${REPOSITORY}@${digest}`
  const digestIn = (reference: string) => reference.split('@').at(-1) as string

  const look = async (source: ImageSource): Promise<ServedImage> => {
    const image = await servedImage(source)
    if (!(await seen.has(image.digest))) {
      await checkLayers(source)
      await seen.add(image.digest)
    }
    images.set(image.digest, image)
    return image
  }

  const password = (podName: string, digest: string) => podSecret(secret, 'pull', `${podName} ${digest}`)

  const mayPull = ({ headers }: IncomingMessage, digest: string): boolean => {
    const [user = '', given = ''] = Buffer.from((headers.authorization ?? '').replace(/^Basic /i, ''), 'base64')
      .toString()
      .split(':')
    const [right, said] = [Buffer.from(password(user, digest)), Buffer.from(given)]
    return said.length === right.length && timingSafeEqual(said, right)
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, kind, digest = ''] =
      /^\/v2\/modelmart\/image\/(manifests|blobs)\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? '') ?? []
    const holders = [...images.values()].filter(image => image.digest === digest || image.blobs.has(digest))
    const image = holders.find(one => mayPull(request, one.digest))
    if (!image || !/^(GET|HEAD)$/.test(request.method ?? '')) {
      const isKnown = Boolean(request.headers.authorization) && kind !== undefined
      response.writeHead(isKnown ? 404 : 401, { 'www-authenticate': 'Basic realm="modelmart"' }).end()
      return
    }
    const blob = kind === 'manifests' ? undefined : image.blobs.get(digest)
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? MANIFEST : 'application/octet-stream',
      'content-length': blob?.size ?? image.manifest.length,
      'docker-content-digest': digest,
    })
    if (request.method === 'HEAD') response.end()
    else if (!blob) response.end(image.manifest)
    else await pipeline(blob.open(), response)
  }

  return {
    async serve(source) {
      const running = looking.get(source.digest) ?? look(source).finally(() => looking.delete(source.digest))
      looking.set(source.digest, running)
      const image = await running
      return { reference: referenceOf(image), program: image.program }
    },
    programOf: reference => images.get(digestIn(reference))?.program,
    pullSecret: (podName, reference) =>
      JSON.stringify({
        auths: {
          [reference.split('/')[0] as string]: { username: podName, password: password(podName, digestIn(reference)) },
        },
      }),
    listener: (request, response) => answer(request, response).catch(() => void response.destroy()),
  }
}

/** Whether a request is for these images rather than for those of accounts. */
export const isForNodes = (url: string | undefined): boolean => url?.startsWith(`/v2/${REPOSITORY}/`) ?? false

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

const servedImage = async (source: ImageSource): Promise<ServedImage> => {
  for (const { digest, mediaType } of source.layers)
    if (!/tar$|[.+]gzip$|[.+]zstd$/.test(mediaType))
      throw new ImageFault(`The layer ${digest} has the media type ${mediaType}, which no engine can unpack.`)
  const config = plainConfig(await smallBlob(source.config), source.layers.length)
  const { Entrypoint, Cmd } = (
    JSON.parse(config.toString()) as { config: Record<string, readonly string[] | undefined> }
  ).config
  const ours = { mediaType: CONFIG, digest: digestOf(config), size: config.length }
  const layers = source.layers.map(({ mediaType, digest, size }) => ({ mediaType: ociType(mediaType), digest, size }))
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: ours, layers }))
  return {
    ...{ digest: digestOf(manifest), manifest },
    blobs: new Map([
      [
        ours.digest,
        {
          size: ours.size,
          open: async function* () {
            yield config
          },
        },
      ],
      ...source.layers.map(
        layer => [layer.digest, { size: layer.size, open: () => layer.open() as AsyncIterable<Uint8Array> }] as const,
      ),
    ]),
    program: { ...(Entrypoint && { entrypoint: Entrypoint }), ...(Cmd && { command: Cmd }) },
  }
}

const ociType = (mediaType: string): string =>
  `application/vnd.oci.image.layer.v1.tar${/gzip$/.test(mediaType) ? '+gzip' : /zstd$/.test(mediaType) ? '+zstd' : ''}`

/** A node tells of a bad layer late, in words of its runtime, and after it was asked to run it; so it is seen here first. */
const checkLayers = async (source: ImageSource): Promise<void> => {
  const ids = (JSON.parse((await smallBlob(source.config)).toString()) as { rootfs: { diff_ids: string[] } }).rootfs
    .diff_ids
  const expansion = expansionOf(source.layers)
  for (const [index, layer] of source.layers.entries()) {
    const hash = createHash('sha256')
    const sum = new Writable({ write: (chunk, _, done) => void done(hash.update(chunk) && null) })
    const unpack = /gzip$/.test(layer.mediaType)
      ? createGunzip()
      : /zstd$/.test(layer.mediaType)
        ? createZstdDecompress()
        : undefined
    const packed = counted(layer)
    if (unpack) {
      unpack.pipe(sum)
      for await (const _ of expansion.counted(layer.digest, packed, unpack));
    } else for await (const chunk of packed) sum.write(chunk)
    sum.end()
    await finished(sum)
    if (`sha256:${hash.digest('hex')}` !== ids[index])
      throw new ImageFault(
        `The layer ${layer.digest}, unpacked, is not the tar that rootfs.diff_ids of the image's configuration names.`,
      )
  }
}

const counted = async function* ({ open, size, digest }: ImageBlob): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of open()) {
    length += chunk.length
    yield chunk as unknown as Uint8Array
  }
  if (length !== size) throw new Error(`Size mismatch: the layer ${digest} has ${length} bytes, not ${size}`)
}

const smallBlob = async ({ open, size }: ImageBlob): Promise<Buffer> => {
  if (size > MOST_CONFIG_BYTES)
    throw new ImageFault(`The configuration of the image is larger than ${MOST_CONFIG_BYTES} bytes.`)
  const chunks: Buffer[] = []
  for await (const chunk of open()) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
