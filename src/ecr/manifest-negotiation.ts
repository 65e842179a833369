import type { EcrManifestTable } from '../store/schema/ecr-tables.ts'
import { type Descriptor, readManifest } from './manifest.ts'
import { machineArchitecture, pickPlatform } from './registry-platform.ts'

type Stored = Pick<EcrManifestTable, 'digest' | 'media_type' | 'content'>

/**
 * What a client that accepts these media types is given of a manifest that a tag names: the manifest itself, or, when it is an index
 * and the client knows only images, the image for this machine's platform. Undefined when neither is accepted. A client that names
 * no type is given whatever there is.
 */
export function acceptable(manifest: Stored, accepted: readonly string[] | undefined): Stored | Descriptor | undefined {
  if (!accepted || accepted.length === 0 || accepts(accepted, manifest.media_type)) return manifest
  const { kind, manifests } = readManifest(Buffer.from(manifest.content))
  const image = kind === 'index' ? pickPlatform(manifests, machineArchitecture) : undefined
  return image && accepts(accepted, image.mediaType) ? image : undefined
}

const accepts = (accepted: readonly string[], mediaType: string): boolean =>
  accepted.some(one => one === mediaType || one === '*/*' || one === 'application/*')

/** The media types of Accept headers, without their parameters. */
export const acceptedTypes = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map(one => (one.split(';')[0] ?? '').trim())
    .filter(one => one !== '')
