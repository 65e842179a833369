import { createHash } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { createTarPacker } from 'modern-tar'
import type { ImageBlob, ImageSource } from './driver.ts'
import { plainConfig } from './image-config.ts'
import { ImageFault } from './image-fault.ts'
import { type Expansion, expansionOf } from './layer-expansion.ts'

interface ArchiveEntry {
  readonly name: string
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

/** An image as it is handed to an engine. */
export interface ImageArchive {
  /** Digest of its configuration: the engine's ID of the image. */
  readonly id: string
  /** Opens the archive, which can be read as often as needed; `reference` is the name that the engine gives the image. */
  open(reference: string): Promise<Readable>
}

const MOST_CONFIG_BYTES = 4 << 20

/**
 * An image in the format of `docker save` (Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"), which
 * both engines load: `manifest.json`, the configuration as `plainConfig` leaves it, the layers. Layers are streamed and stay compressed
 * as they are, except for zstd, which Docker 20.10 cannot read; what they unpack to is counted on the way. Throws ImageFault for what no engine can unpack.
 */
export const imageArchive = async (source: ImageSource): Promise<ImageArchive> => {
  const config = plainConfig(await smallBlob(source.config), source.layers.length)
  const id = createHash('sha256').update(config).digest('hex')
  return { id: `sha256:${id}`, open: reference => open(source, reference, { name: `${id}.json`, config }) }
}

const open = async (source: ImageSource, reference: string, { name, config }: { name: string; config: Buffer }) => {
  const expansion = expansionOf(source.layers)
  const layers: ArchiveEntry[] = []
  for (const layer of source.layers) layers.push(await layerEntry(layer, expansion))
  const manifest = JSON.stringify([{ Config: name, RepoTags: [reference], Layers: layers.map(({ name }) => name) }])
  // The same layer may stand in an image twice; the archive holds it once.
  const entries = new Map(
    [contentEntry('manifest.json', Buffer.from(manifest)), contentEntry(name, config), ...layers].map(entry => [
      entry.name,
      entry,
    ]),
  )
  const { readable, controller } = createTarPacker()
  pack([...entries.values()], controller).catch(error => controller.error(error))
  return Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0])
}

const pack = async (entries: readonly ArchiveEntry[], controller: ReturnType<typeof createTarPacker>['controller']) => {
  for (const { name, size, open } of entries) {
    const writer = controller.add({ name, size, type: 'file', mode: 0o644 }).getWriter()
    for await (const chunk of open()) await writer.write(chunk)
    await writer.close()
  }
  controller.finalize()
}

const PLAIN = /tar$/
const GZIP = /tar\.gzip$|tar\+gzip$/
const ZSTD = /tar\+zstd$/

const layerEntry = async (layer: ImageBlob, expansion: Expansion): Promise<ArchiveEntry> => {
  const entry = { name: `${layer.digest.replace(/^sha256:/, '')}/layer.tar`, size: layer.size }
  const content = () => layer.open() as AsyncIterable<Uint8Array>
  if (PLAIN.test(layer.mediaType)) return { ...entry, open: content }
  if (GZIP.test(layer.mediaType))
    return { ...entry, open: () => expansion.counted(layer.digest, content(), createGunzip()) }
  if (!ZSTD.test(layer.mediaType))
    throw new ImageFault(`The layer ${layer.digest} has the media type ${layer.mediaType}, which no engine can unpack.`)
  // A failure ends the reading side, which is where it is heard.
  const unpacked = () => pipeline(layer.open(), createZstdDecompress(), () => undefined)
  // A tar entry begins with its size, so the layer is unpacked once to be measured and once to be sent.
  return { ...entry, size: await expansion.measure(layer.digest, unpacked()), open: unpacked }
}

const contentEntry = (name: string, content: Buffer): ArchiveEntry => ({
  ...{ name, size: content.length },
  open: () => Readable.from([content]),
})

const smallBlob = async ({ open, size }: ImageBlob): Promise<Buffer> => {
  const limit = `The configuration of the image is larger than ${MOST_CONFIG_BYTES} bytes.`
  if (size > MOST_CONFIG_BYTES) throw new ImageFault(limit)
  const chunks: Buffer[] = []
  for await (const chunk of open()) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
