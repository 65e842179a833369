import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { sha256 } from './manifest.ts'
import { machineArchitecture } from './registry-platform.ts'

export interface CraftedBlob {
  readonly digest: string
  readonly bytes: Buffer
}

export interface CraftedImage {
  readonly manifest: CraftedBlob
  readonly mediaType: string
  readonly blobs: readonly CraftedBlob[]
}

const blobOf = (bytes: Buffer): CraftedBlob => ({ digest: sha256(bytes), bytes })

/** A real image of one file per layer, small enough for tests: engines accept it. */
export async function craftImage(
  layerTexts: readonly string[],
  { architecture = machineArchitecture, docker = false, extra = {} as object } = {},
): Promise<CraftedImage> {
  const tars = await Promise.all(layerTexts.map((text, index) => tarOf(`layer-${index}.txt`, text)))
  const layers = tars.map(tar => blobOf(gzipSync(tar)))
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture,
        os: 'linux',
        config: { Cmd: ['/none'] },
        rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
      }),
    ),
  )
  const types = docker ? dockerTypes : ociTypes
  const descriptor = (mediaType: string, { digest, bytes }: CraftedBlob) => ({ mediaType, digest, size: bytes.length })
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: layers.map(layer => descriptor(types.layer, layer)),
    ...extra,
  }
  return {
    manifest: blobOf(Buffer.from(JSON.stringify(manifest))),
    mediaType: types.manifest,
    blobs: [config, ...layers],
  }
}

/** An index of images with their platforms. */
export function craftIndex(images: readonly { image: CraftedImage; architecture: string }[]): CraftedImage {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const manifests = images.map(({ image, architecture }) => ({
    mediaType: image.mediaType,
    digest: image.manifest.digest,
    size: image.manifest.bytes.length,
    platform: { os: 'linux', architecture },
  }))
  return {
    manifest: blobOf(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))),
    mediaType,
    blobs: [],
  }
}

/** Writes images and what they need as an OCI image layout, tagged `latest`, for clients that push from one. */
export async function writeLayout(
  directory: string,
  top: CraftedImage,
  parts: readonly CraftedImage[] = [],
): Promise<void> {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true })
  for (const image of [top, ...parts])
    for (const { digest, bytes } of [image.manifest, ...image.blobs])
      await writeFile(join(directory, 'blobs', 'sha256', digest.slice(7)), bytes)
  const entry = { mediaType: top.mediaType, digest: top.manifest.digest, size: top.manifest.bytes.length }
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' }
  const index = { schemaVersion: 2, manifests: [{ ...entry, annotations }] }
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

const tarOf = async (name: string, text: string): Promise<Buffer> =>
  Buffer.from(await packTar([{ header: { name, size: Buffer.byteLength(text), mtime: new Date(0) }, body: text }]))

const ociTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

const dockerTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
}
