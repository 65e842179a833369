import { ValidationException } from '../ground/errors.ts'
import { isSha256, type Manifest } from './manifest.ts'

/** What a container engine unpacks (OCI Image Specification 1.1, Layer Filesystem Changeset; Docker's Image Manifest V2, Schema 2). */
const layerTypes =
  /^application\/vnd\.(oci\.image\.layer(\.nondistributable)?\.v1\.tar(\+gzip|\+zstd)?|docker\.image\.rootfs(\.foreign)?\.diff\.tar(\.gzip)?)$/

const configurationTypes = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]

/** Configurations have some thousand bytes; an artifact's may be anything, also large. In bytes. */
export const largestConfiguration = 4 << 20

/**
 * Refuses, with the part that is to blame, what no engine could run here: an artifact, layers of unknown types, a configuration that
 * is none or names other layers, another operating system or architecture. A registry takes all of this, as the specification has it.
 * `configuration` is undefined when it is too large to be one. Throws ValidationException.
 */
export function requireRunnable(
  uri: string,
  manifest: Manifest,
  configuration: string | undefined,
  architecture: string,
): void {
  const refuse = (reason: string) => new ValidationException(`Image ${uri} cannot be run: ${reason}.`)
  const type = manifest.config?.mediaType
  if (!type || !configurationTypes.includes(type))
    throw refuse(`its configuration is of type '${type}', which is not a container image's`)
  const layer = manifest.layers.find(({ mediaType }) => !layerTypes.test(mediaType))
  if (layer) throw refuse(`its layer ${layer.digest} has the media type '${layer.mediaType}', which no engine unpacks`)
  const { os, architecture: built, rootfs } = readConfiguration(configuration) ?? {}
  const ids = (rootfs as { diff_ids?: unknown } | undefined)?.diff_ids
  if (!Array.isArray(ids) || !ids.every(isSha256))
    throw refuse(
      `its configuration ${manifest.config?.digest} does not say in rootfs.diff_ids what its layers unpack to`,
    )
  if (ids.length !== manifest.layers.length)
    throw refuse(
      `its configuration names ${ids.length} layers in rootfs.diff_ids, and its manifest ${manifest.layers.length}`,
    )
  if (built && (built !== architecture || os !== 'linux'))
    throw new ValidationException(
      `Image ${uri} is built for ${os}/${built}; this installation runs linux/${architecture}. Build it with --platform linux/${architecture}.`,
    )
}

/** How content of these types begins; zstd's may begin with a frame that is skipped (RFC 1952, section 2.3.1; RFC 8878, section 3.1). */
const beginnings = [
  { type: /[.+]gzip$/, name: 'gzip', bytes: /^1f8b/ },
  { type: /\+zstd$/, name: 'zstd', bytes: /^(28b52ffd|5.2a4d18)/ },
]

/**
 * Refuses a layer that is not even packed as its media type says. That it unpacks, and to what the configuration says, only shows
 * when all of it is read: an engine is given no layer without that (`../driver/layer-expansion.ts`). Throws ValidationException.
 */
export async function requirePacked(
  uri: string,
  { layers }: Manifest,
  open: (digest: string, range: { start: number; end: number }) => AsyncIterable<Uint8Array>,
): Promise<void> {
  for (const { digest, mediaType, size } of layers) {
    const expected = beginnings.find(({ type }) => type.test(mediaType))
    if (!expected) continue
    const chunks: Uint8Array[] = []
    if (size >= 4) for await (const chunk of open(digest, { start: 0, end: 3 })) chunks.push(chunk)
    if (!expected.bytes.test(Buffer.concat(chunks).toString('hex')))
      throw new ValidationException(
        `Image ${uri} cannot be run: its layer ${digest} is not compressed with ${expected.name}, as its media type '${mediaType}' says.`,
      )
  }
}

function readConfiguration(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(text ?? '')
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
