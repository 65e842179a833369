import { quotas } from '../quotas/quotas.ts'
import type { Db } from '../store/database.ts'
import type { EcrManifestTable, EcrRepositoryManifestTable } from '../store/schema/ecr-tables.ts'
import type { Transaction } from '../store/store.ts'
import { ecrErrors, type ImageId } from './ecr-errors.ts'
import { tagsOf, tellAction } from './image-event.ts'
import { requireChildren } from './image-parts.ts'
import { childrenOf, type Manifest } from './manifest.ts'
import { insertReferrer } from './referrer.ts'
import { scansOnPush } from './registry-scanning.ts'
import { findRepository, type Repository } from './repository.ts'
import { isImmutable } from './tag-mutability.ts'

/** An image of a repository: what is known of its manifest without reading it, and when it was pushed and pulled. */
export type Image = Omit<EcrManifestTable, 'content'> &
  Pick<EcrRepositoryManifestTable, 'media_type' | 'pushed' | 'pulled'>

/** The columns of an image, for selections from `ecr_manifest as manifest` and `ecr_repository_manifest as there`. */
export const imageColumns = [
  'manifest.digest',
  'there.media_type',
  'manifest.artifact_type',
  'manifest.subject',
  'manifest.size',
  'manifest.image_size',
  'there.pushed',
  'there.pulled',
] as const

/** OCI Distribution 1.1, Pulling manifests: the form of a tag. */
export const isTag = (text: string): boolean => /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)

/** The image that has this digest, or this tag; undefined when neither, or when the tag is another image's. */
export async function findImage(db: Db, repository: string, id: ImageId): Promise<Image | undefined> {
  const tagged = id.imageTag === undefined ? undefined : await digestOfTag(db, repository, id.imageTag)
  if (id.imageTag !== undefined && (!tagged || (id.imageDigest && id.imageDigest !== tagged))) return undefined
  return db
    .selectFrom('ecr_repository_manifest as there')
    .innerJoin('ecr_manifest as manifest', 'manifest.digest', 'there.digest')
    .select(imageColumns)
    .where('there.repository', '=', repository)
    .where('there.digest', '=', tagged ?? id.imageDigest ?? '')
    .executeTakeFirst()
}

/** The manifest's text. */
export async function contentOf(db: Db, { digest }: Pick<Image, 'digest'>): Promise<string> {
  const found = db.selectFrom('ecr_manifest').select('content').where('digest', '=', digest)
  return (await found.executeTakeFirstOrThrow()).content
}

/** Throws ImageNotFoundException. */
export async function requireImage(db: Db, repository: Repository, id: ImageId): Promise<Image> {
  const found = await findImage(db, repository.id, id)
  if (!found) throw ecrErrors.imageNotFound(repository, id)
  return found
}

export async function digestOfTag(db: Db, repository: string, tag: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('ecr_tag')
    .select('digest')
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst()
  return found?.digest
}

/**
 * Makes the manifest part of the repository and points the tag at it. What it consists of must be there, with the sizes it says:
 * throws LayersNotFoundException, ReferencedImagesNotFoundException, ImageTagAlreadyExistsException, LimitExceededException. Says what was there before.
 */
export async function putImage(
  tx: Transaction,
  address: Repository,
  manifest: Manifest,
  tag: string | undefined,
  now: number,
): Promise<{ existed: boolean; tagExisted: boolean }> {
  const { db } = tx
  const repository = await findRepository(db, address)
  if (repository?.id !== address.id) throw ecrErrors.repositoryNotFound(address)
  const imageSize = await requireChildren(db, repository, manifest)
  const before = tag === undefined ? undefined : await digestOfTag(db, repository.id, tag)
  if (tag !== undefined && before && before !== manifest.digest && isImmutable(repository, tag))
    throw ecrErrors.imageTagExists(repository, tag)
  const existing = await findImage(db, repository.id, { imageDigest: manifest.digest })
  const existed = existing !== undefined
  if (!existed) await insertImage(db, repository.id, manifest, imageSize, now)
  else if (existing.media_type !== manifest.mediaType) await setMediaType(db, repository.id, manifest)
  if (tag !== undefined && before !== manifest.digest) await setTag(db, repository, tag, manifest.digest)
  if (repository.lifecycle_policy) await tx.enqueue('lifecycle-policy', repository.id)
  if (!existed && manifest.kind === 'image' && (await scansOnPush(db, repository)))
    await requestScan(tx, repository.id, manifest.digest, now)
  const tagExisted = before === manifest.digest
  const imageTag = tag === undefined ? {} : { imageTag: tag }
  if (!existed || (tag !== undefined && !tagExisted))
    await tellAction(tx, repository, 'PUSH', { imageDigest: manifest.digest, ...imageTag })
  return { existed, tagExisted }
}

async function insertImage(
  db: Db,
  repository: string,
  manifest: Manifest,
  imageSize: number,
  now: number,
): Promise<void> {
  const { digest } = manifest
  const row = {
    digest,
    artifact_type: manifest.artifactType,
    subject: manifest.subject?.digest ?? '',
    size: manifest.size,
    image_size: imageSize,
    content: manifest.content,
  }
  await db
    .insertInto('ecr_manifest')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .execute()
  const children = childrenOf(manifest).map(({ descriptor, kind }) => ({
    ...{ manifest: digest, child: descriptor.digest, kind },
  }))
  for (let start = 0; start < children.length; start += 200)
    await db
      .insertInto('ecr_manifest_child')
      .values(children.slice(start, start + 200))
      .onConflict(conflict => conflict.doNothing())
      .execute()
  await db
    .insertInto('ecr_repository_manifest')
    .values({ repository, digest, media_type: manifest.mediaType, pushed: now, pulled: 0 })
    .execute()
  await insertReferrer(db, repository, manifest)
}

/** The same bytes may be sent as another type, when they do not say what they are. */
async function setMediaType(db: Db, repository: string, { digest, mediaType }: Manifest): Promise<void> {
  await db
    .updateTable('ecr_repository_manifest')
    .set({ media_type: mediaType })
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .execute()
}

/** Whoever describes an image is told them all. */
export const mostTags = quotas.ecr.tags.value

async function setTag(db: Db, at: Repository, tag: string, digest: string): Promise<void> {
  const repository = at.id
  const tags = db.selectFrom('ecr_tag').select('tag').where('repository', '=', repository).where('digest', '=', digest)
  if ((await tags.limit(mostTags).execute()).length === mostTags) throw ecrErrors.tooManyTags(at, digest, mostTags)
  await db
    .insertInto('ecr_tag')
    .values({ repository, tag, digest })
    .onConflict(conflict => conflict.columns(['repository', 'tag']).doUpdateSet({ digest }))
    .execute()
}

/** Begins a scan anew; `image-scan.reconcile.ts` carries it out. */
export async function requestScan(tx: Transaction, repository: string, digest: string, now: number): Promise<void> {
  const blank = { description: '', completed: 0, source_updated: 0, severity_counts: '{}' }
  const scan = { status: 'IN_PROGRESS', started: now, ...blank }
  await tx.db
    .insertInto('ecr_image_scan')
    .values({ repository, digest, ...scan })
    .onConflict(conflict => conflict.columns(['repository', 'digest']).doUpdateSet(scan))
    .execute()
  await tx.enqueue('image-scan', `${repository} ${digest}`)
}

/** Indexes of the repository that this manifest is part of. */
export async function parentsOf(db: Db, repository: string, digest: string): Promise<string[]> {
  const found = await db
    .selectFrom('ecr_manifest_child as part')
    .innerJoin('ecr_repository_manifest as parent', 'parent.digest', 'part.manifest')
    .select('part.manifest')
    .where('part.child', '=', digest)
    .where('parent.repository', '=', repository)
    .orderBy('part.manifest')
    .limit(3)
    .execute()
  return found.map(row => row.manifest)
}

/** Removes an image with its tags, and tells of it. Throws ImageReferencedByManifestList while an index of the repository needs it. */
export async function removeImage(tx: Transaction, repository: Repository, digest: string): Promise<void> {
  const { db } = tx
  const parents = await parentsOf(db, repository.id, digest)
  if (parents.length > 0) throw ecrErrors.imageReferenced(digest, parents)
  const tags = await tagsOf(tx, repository.id, digest)
  for (const table of imageTables)
    await db.deleteFrom(table).where('repository', '=', repository.id).where('digest', '=', digest).execute()
  for (const imageTag of tags.length > 0 ? tags : [undefined])
    await tellAction(tx, repository, 'DELETE', { imageDigest: digest, ...(imageTag !== undefined && { imageTag }) })
}

/** What a repository has of an image; blobs go by themselves (`registry-collection.ts`). */
export const imageTables = [
  'ecr_tag',
  'ecr_image_scan',
  'ecr_image_scan_findings',
  'ecr_referrer',
  'ecr_repository_manifest',
] as const

/** Removes a tag, and tells of it; the image stays. False when there is none. */
export async function removeTag(tx: Transaction, repository: Repository, imageTag: string): Promise<boolean> {
  const removed = await tx.db
    .deleteFrom('ecr_tag')
    .where('repository', '=', repository.id)
    .where('tag', '=', imageTag)
    .returning('digest')
    .executeTakeFirst()
  if (removed) await tellAction(tx, repository, 'DELETE', { imageDigest: removed.digest, imageTag })
  return removed !== undefined
}

const pullGranularityMs = 3_600_000

/** ECR tells the last pull to within a day (API Reference, ImageDetail); here to within an hour, to keep pulls free of writes. */
export async function recordPull(db: Db, repository: string, image: Image, now: number): Promise<void> {
  if (image.pulled > now - pullGranularityMs) return
  await db
    .updateTable('ecr_repository_manifest')
    .set({ pulled: now })
    .where('repository', '=', repository)
    .where('digest', '=', image.digest)
    .execute()
}
