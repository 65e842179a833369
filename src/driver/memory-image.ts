import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { packTar } from 'modern-tar'
import type { ImageBlob, ImageSource } from './driver.ts'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** What an image holds apart from its files: the `config` of an OCI image configuration, as far as it is used here. */
export interface ImageRuntimeConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly Labels?: Readonly<Record<string, string>>
  readonly Volumes?: Readonly<Record<string, object>>
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Healthcheck?: object
  readonly StopSignal?: string
  readonly User?: string
  readonly WorkingDir?: string
}

/** An image of one layer with nothing in it but the given files (path to content), made in memory; those given as bytes are programs. */
export const memoryImage = async (
  files: Readonly<Record<string, string | Buffer>>,
  config: ImageRuntimeConfig = {},
): Promise<ImageSource> => {
  const layer = Buffer.from(
    await packTar(
      Object.entries(files).map(([name, body]) => ({
        header: {
          name,
          size: Buffer.byteLength(body),
          type: 'file',
          mode: typeof body === 'string' ? 0o644 : 0o755,
          mtime: new Date(0),
        },
        body,
      })),
    ),
  )
  const layerBlob = blobOf('application/vnd.oci.image.layer.v1.tar', layer)
  const configBlob = blobOf(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(
      JSON.stringify({
        architecture: ARCHITECTURES[process.arch],
        os: 'linux',
        config,
        rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
      }),
    ),
  )
  // Nobody looks for a manifest here; what counts is that other content has another digest.
  return { digest: digestOf(configBlob.digest), config: configBlob, layers: [layerBlob] }
}

const digestOf = (content: Buffer | string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

const blobOf = (mediaType: string, content: Buffer): ImageBlob => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
  open: () => Readable.from([content]),
})
