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

function readConfiguration(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(text ?? '')
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
