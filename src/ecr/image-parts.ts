import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type Child, childrenOf, type Descriptor, type Manifest } from './manifest.ts'
import type { Repository } from './repository.ts'

/** What a repository has of what a manifest consists of. */
interface Part {
  readonly digest: string
  /** In bytes. */
  readonly size: number
  /** Bytes of the image that a manifest stands for; of a blob, its own. */
  readonly imageSize: number
  /** Of a manifest; a blob is of whatever kind a manifest says. */
  readonly mediaType?: string
}

/**
 * All that a manifest consists of must be in its repository as the manifest describes it; what is elsewhere is none of its business,
 * whoever knows its digest. Returns the size of the image: configuration and layers, or the largest of an index's images (ECR API
 * Reference, ImageDetail).
 */
export async function requireChildren(db: Db, repository: Repository, manifest: Manifest): Promise<number> {
  const children = childrenOf(manifest)
  const parts = await partsOf(db, repository.id, children)
  const missing = (kind: Child['kind']) =>
    children
      .filter(child => child.kind === kind && !child.optional && !parts.has(child.descriptor.digest))
      .map(child => child.descriptor.digest)
  const missingBlobs = missing('blob')
  if (missingBlobs.length > 0) throw ecrErrors.layersNotFound(repository, missingBlobs)
  const missingImages = missing('manifest')
  if (missingImages.length > 0) throw ecrErrors.referencedImagesNotFound(repository, missingImages)
  for (const descriptor of [manifest.config, ...manifest.layers, ...manifest.manifests])
    if (descriptor) requireAsDescribed(descriptor, parts.get(descriptor.digest))
  const sizes = [...parts.values()].map(part => part.imageSize)
  return manifest.kind === 'image' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(0, ...sizes)
}

function requireAsDescribed({ digest, size, mediaType }: Descriptor, part: Part | undefined): void {
  if (!part) return
  if (part.size !== size)
    throw ecrErrors.invalidParameter('ImageManifest', `${digest} has ${part.size} bytes; the manifest says ${size}`)
  if (part.mediaType !== undefined && part.mediaType !== mediaType)
    throw ecrErrors.invalidParameter(
      'ImageManifest',
      `${digest} is of type '${part.mediaType}'; the manifest says '${mediaType}'`,
    )
}

/** Blobs of a manifest that its repository does not have: layers that are only named, with URLs of somewhere else. */
export async function missingBlobs(db: Db, repository: string, manifest: Manifest): Promise<string[]> {
  const blobs = childrenOf(manifest).filter(child => child.kind === 'blob')
  const parts = await partsOf(db, repository, blobs)
  return blobs.map(child => child.descriptor.digest).filter(digest => !parts.has(digest))
}

async function partsOf(db: Db, repository: string, children: readonly Child[]): Promise<Map<string, Part>> {
  const parts = new Map<string, Part>()
  for (const kind of ['blob', 'manifest'] as const) {
    const digests = children.filter(child => child.kind === kind).map(child => child.descriptor.digest)
    for (let start = 0; start < digests.length; start += 400) {
      const some = digests.slice(start, start + 400)
      const rows = await (kind === 'blob' ? blobParts(db, repository, some) : imageParts(db, repository, some))
      for (const part of rows) parts.set(part.digest, part)
    }
  }
  return parts
}

const blobParts = (db: Db, repository: string, digests: readonly string[]): Promise<Part[]> =>
  db
    .selectFrom('ecr_repository_blob')
    .select(['digest', 'size', 'size as imageSize'])
    .where('repository', '=', repository)
    .where('digest', 'in', digests)
    .execute()

const imageParts = (db: Db, repository: string, digests: readonly string[]): Promise<Part[]> =>
  db
    .selectFrom('ecr_repository_manifest as there')
    .innerJoin('ecr_manifest as manifest', 'manifest.digest', 'there.digest')
    .select(['there.digest', 'manifest.size', 'manifest.image_size as imageSize', 'there.media_type as mediaType'])
    .where('there.repository', '=', repository)
    .where('there.digest', 'in', digests)
    .execute()
