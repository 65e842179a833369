import { setImmediate as turn } from 'node:timers/promises'
import type { Db } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { ecrErrors, type ImageId } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import {
  contentOf,
  digestOfTag,
  findImage,
  type Image,
  isTag,
  parentsOf,
  putImage as put,
  recordPull,
  removeImage,
  removeTag,
} from './image.ts'
import { isIndex, isSha256, readManifest } from './manifest.ts'
import { acceptableImage, acceptsAmong } from './manifest-negotiation.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'

export const putImage: Op<'PutImage'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const manifest = readManifest(Buffer.from(input.imageManifest), input.imageManifestMediaType)
  const { imageTag, imageDigest } = input
  if (imageTag !== undefined && !isTag(imageTag))
    throw ecrErrors.invalidParameter(
      'imageTag',
      `'${imageTag}' is not a tag: letters, digits, '_', '.', '-', at most 128`,
    )
  if (imageDigest !== undefined && imageDigest !== manifest.digest)
    throw ecrErrors.imageDigestDoesNotMatch(imageDigest, manifest.digest)
  await ctx.store.transaction(async tx => {
    const before = await put(tx, repository, manifest, imageTag, ctx.now().getTime())
    if (before.existed && (imageTag === undefined || before.tagExisted))
      throw ecrErrors.imageExists(repository, manifest.digest, imageTag)
  })
  const image = { digest: manifest.digest, media_type: manifest.mediaType }
  return { image: shown(repository, image, manifest.content, imageTag) }
}

/** Of all the manifests of one answer together, in bytes; an ordinary manifest has some thousand. */
const mostAnswered = 16 << 20

/** Throws LimitExceededException rather than answer with hundreds of megabytes; nothing of an image is read before that is known. */
export const batchGetImage: Op<'BatchGetImage'> = async (input, ctx) => {
  const { db } = ctx.store
  const repository = await requireRepository(db, addressOf(ctx, input))
  const accepts = acceptsAmong(input.acceptedMediaTypes)
  const found: { imageId: ImageId; image: Image }[] = []
  const failures = []
  for (const imageId of input.imageIds) {
    const image = await acceptableImage(db, repository.id, imageId, accepts)
    if (image) found.push({ imageId, image })
    else failures.push(await failure(db, repository.id, imageId))
  }
  const bytes = found.reduce((sum, { image }) => sum + image.size, 0)
  if (bytes > mostAnswered) throw ecrErrors.manifestsTooLarge(bytes, mostAnswered)
  const images = []
  for (const { imageId, image } of found) {
    await recordPull(db, repository.id, image, ctx.now().getTime())
    images.push(shown(repository, image, await contentOf(db, image), imageId.imageTag))
    await turn()
  }
  return { images, failures }
}

/** By digest the image goes with all its tags; by tag the tag goes, and the image with its last tag (ECR API Reference). */
export const batchDeleteImage: Op<'BatchDeleteImage'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  return ctx.store.transaction(async tx => {
    const { db } = tx
    const imageIds: ImageId[] = []
    const failures = []
    for (const imageId of await indexesFirst(db, repository, input.imageIds)) {
      const image = await findImage(db, repository.id, imageId)
      const parents = image ? await parentsOf(db, repository.id, image.digest) : []
      if (!image) failures.push(await failure(db, repository.id, imageId))
      else if (parents.length > 0 && imageId.imageTag === undefined)
        failures.push(referenced(imageId, image.digest, parents))
      else imageIds.push(...(await remove(tx, repository, image, imageId.imageTag, parents.length > 0)))
    }
    return { imageIds, failures }
  })
}

/** An index and its images may be deleted together, in whatever order they are named. */
async function indexesFirst(db: Db, repository: Repository, ids: readonly ImageId[]): Promise<ImageId[]> {
  const found = await Promise.all(ids.map(id => findImage(db, repository.id, id)))
  const rank = (position: number) => (isIndex(found[position]?.media_type ?? '') ? 0 : 1)
  return [...ids.keys()].sort((a, b) => rank(a) - rank(b)).flatMap(position => ids[position] ?? [])
}

async function remove(
  tx: Transaction,
  repository: Repository,
  image: Image,
  tag: string | undefined,
  needed: boolean,
): Promise<ImageId[]> {
  const tags = (await tagsOfImages(tx.db, repository.id, [image.digest])).map(row => row.tag)
  const imageDigest = image.digest
  if (tag !== undefined && (tags.length > 1 || needed)) {
    await removeTag(tx, repository, tag)
    return [{ imageDigest, imageTag: tag }]
  }
  await removeImage(tx, repository, imageDigest)
  return tags.length > 0 ? tags.map(imageTag => ({ imageDigest, imageTag })) : [{ imageDigest }]
}

export const tagsOfImages = (db: Db, repository: string, digests: readonly string[]) =>
  db
    .selectFrom('ecr_tag')
    .select(['digest', 'tag'])
    .where('repository', '=', repository)
    .where('digest', 'in', digests)
    .orderBy('tag')
    .execute()

const shown = (
  repository: Repository,
  image: Pick<Image, 'digest' | 'media_type'>,
  imageManifest: string,
  imageTag: string | undefined,
) => ({
  registryId: repository.account,
  repositoryName: repository.name,
  imageId: { imageDigest: image.digest, imageTag },
  imageManifest,
  imageManifestMediaType: image.media_type,
})

const referenced = (imageId: ImageId, digest: string, parents: readonly string[]) => ({
  imageId,
  failureCode: 'ImageReferencedByManifestList' as const,
  failureReason: ecrErrors.imageReferenced(digest, parents).message,
})

async function failure(db: Db, repository: string, imageId: ImageId) {
  const { imageDigest, imageTag } = imageId
  if (imageDigest === undefined && imageTag === undefined)
    return failed(imageId, 'MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null')
  if (imageDigest !== undefined && !isSha256(imageDigest))
    return failed(imageId, 'InvalidImageDigest', `Invalid request parameters: '${imageDigest}' is not a sha256 digest`)
  if (imageTag !== undefined && !isTag(imageTag))
    return failed(imageId, 'InvalidImageTag', `Invalid request parameters: '${imageTag}' is not a tag`)
  if (imageDigest !== undefined && imageTag !== undefined && (await digestOfTag(db, repository, imageTag)))
    return failed(
      imageId,
      'ImageTagDoesNotMatchDigest',
      `Requested image tag '${imageTag}' does not map to digest '${imageDigest}'`,
    )
  return failed(imageId, 'ImageNotFound', 'Requested image not found')
}

type FailureCode =
  | 'MissingDigestAndTag'
  | 'InvalidImageDigest'
  | 'InvalidImageTag'
  | 'ImageTagDoesNotMatchDigest'
  | 'ImageNotFound'

const failed = (imageId: ImageId, failureCode: FailureCode, failureReason: string) => ({
  imageId,
  failureCode,
  failureReason,
})
