import { pipeline, Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { createTarPacker } from 'modern-tar'
import type { ImageBlob, ImageSource } from './driver.ts'

interface ArchiveEntry {
  readonly name: string
  readonly size: number
  open(): NodeJS.ReadableStream
}

/**
 * An image as a stream in the format of `docker save` (Docker Image Specification v1.2, "Combined Image JSON + Filesystem
 * Changeset Format"), which both engines load: `manifest.json`, the configuration, the layers. Nothing is
 * buffered and nothing written to disk. Layers stay compressed as they are, except for zstd, which Docker 20.10 cannot read.
 */
export const imageArchive = async (source: ImageSource, reference: string): Promise<Readable> => {
  const layers = await Promise.all(source.layers.map(layerEntry))
  const config: ArchiveEntry = { ...blobEntry(source.config), name: `${hexOf(source.config.digest)}.json` }
  const manifest = Buffer.from(
    JSON.stringify([{ Config: config.name, RepoTags: [reference], Layers: layers.map(({ name }) => name) }]),
  )
  const entries = new Map<string, ArchiveEntry>(
    [
      { name: 'manifest.json', size: manifest.length, open: () => Readable.from([manifest]) },
      config,
      // The same layer may stand in an image twice; the archive holds it once.
      ...layers,
    ].map(entry => [entry.name, entry]),
  )
  const { readable, controller } = createTarPacker()
  pack([...entries.values()], controller).catch(error => controller.error(error))
  return Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0])
}

const pack = async (entries: readonly ArchiveEntry[], controller: ReturnType<typeof createTarPacker>['controller']) => {
  for (const { name, size, open } of entries) {
    const writer = controller.add({ name, size, type: 'file', mode: 0o644 }).getWriter()
    for await (const chunk of open()) {
      await writer.write(chunk as Buffer)
    }
    await writer.close()
  }
  controller.finalize()
}

const PASSED_ON = /tar$|tar\.gzip$|tar\+gzip$/
const ZSTD = /tar\+zstd$/

const layerEntry = async (layer: ImageBlob): Promise<ArchiveEntry> => {
  if (PASSED_ON.test(layer.mediaType)) return blobEntry(layer)
  if (!ZSTD.test(layer.mediaType))
    throw new Error(`The layer ${layer.digest} has the media type ${layer.mediaType}, which no engine can unpack`)
  // A failure ends the reading side, which is where it is heard.
  const open = () => pipeline(layer.open(), createZstdDecompress(), () => undefined)
  // A tar entry begins with its size, so the layer is unpacked once to be measured and once to be sent.
  return { name: entryName(layer), size: await sizeOf(open), open }
}

const blobEntry = (blob: ImageBlob): ArchiveEntry => ({
  name: entryName(blob),
  size: blob.size,
  open: () => blob.open(),
})

const hexOf = (digest: string): string => digest.replace(/^sha256:/, '')

const entryName = ({ digest }: ImageBlob): string => `${hexOf(digest)}/layer.tar`

const sizeOf = async (open: () => NodeJS.ReadableStream): Promise<number> => {
  let size = 0
  for await (const chunk of open()) size += (chunk as Buffer).length
  return size
}
