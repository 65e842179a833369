import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type Op, pageOf } from './ecr-operation.ts'
import { type Image, imageColumns, requireImage } from './image.ts'
import { tagsOfImages } from './image-operations.ts'
import { findScans, type ImageScan, scanStatus, severityCounts } from './image-scan.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'

type Filter = { tagStatus?: string; imageStatus?: string } | undefined

/** Images are never archived here. */
const wantsActive = (filter: Filter): boolean => ['ACTIVE', 'ANY', undefined].includes(filter?.imageStatus)

/** One item per tag, and one per image without a tag, by digest and tag. */
export const listImages: Op<'ListImages'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const page = pageOf(ctx, 'ListImages', input, [repository.id, input.filter])
  const [digest = '', tag = ''] = page.after.split(' ')
  const rows = wantsActive(input.filter)
    ? await listed(ctx.store.db, repository.id, input.filter, digest, tag, page.limit + 1)
    : []
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    imageIds: shown.map(row => ({ imageDigest: row.digest, ...(row.tag && { imageTag: row.tag }) })),
    nextToken: page.next(rows.length, () => `${last?.digest} ${last?.tag ?? ''}`),
  }
}

function listed(db: Db, repository: string, filter: Filter, digest: string, tag: string, limit: number) {
  return db
    .selectFrom('ecr_repository_manifest as image')
    .leftJoin('ecr_tag', join =>
      join.onRef('ecr_tag.digest', '=', 'image.digest').onRef('ecr_tag.repository', '=', 'image.repository'),
    )
    .select(['image.digest', 'ecr_tag.tag'])
    .where('image.repository', '=', repository)
    .where('image.digest', '>=', digest)
    .where(eb => eb.or([eb('image.digest', '>', digest), eb('ecr_tag.tag', '>', tag)]))
    .$if(filter?.tagStatus === 'TAGGED', query => query.where('ecr_tag.tag', 'is not', null))
    .$if(filter?.tagStatus === 'UNTAGGED', query => query.where('ecr_tag.tag', 'is', null))
    .orderBy('image.digest')
    .orderBy('ecr_tag.tag')
    .limit(limit)
    .execute()
}

/** By digest. Named images must all be there, and cannot be paged. */
export const describeImages: Op<'DescribeImages'> = async (input, ctx) => {
  const { db } = ctx.store
  const repository = await requireRepository(db, addressOf(ctx, input))
  if (input.imageIds) {
    if (input.maxResults !== undefined || input.nextToken !== undefined)
      throw ecrErrors.invalidParameter('maxResults', 'pages cannot be asked for together with imageIds')
    const images = []
    for (const id of input.imageIds) images.push(await requireImage(db, repository, id))
    const unique = [...new Map(images.map(image => [image.digest, image])).values()]
    return { imageDetails: await details(db, repository, unique) }
  }
  const page = pageOf(ctx, 'DescribeImages', input, [repository.id, input.filter])
  const found = wantsActive(input.filter)
    ? await described(db, repository.id, input.filter, page.after, page.limit + 1)
    : []
  const shown = found.slice(0, page.limit)
  return {
    imageDetails: await details(db, repository, shown),
    nextToken: page.next(found.length, () => shown.at(-1)?.digest ?? ''),
  }
}

function described(db: Db, repository: string, filter: Filter, after: string, limit: number): Promise<Image[]> {
  return db
    .selectFrom('ecr_repository_manifest as there')
    .innerJoin('ecr_manifest as manifest', 'manifest.digest', 'there.digest')
    .select(imageColumns)
    .where('there.repository', '=', repository)
    .where('there.digest', '>', after)
    .$if(filter?.tagStatus === 'TAGGED' || filter?.tagStatus === 'UNTAGGED', query =>
      query.where(({ exists, not, selectFrom }) => {
        const tags = selectFrom('ecr_tag').select('tag').where('ecr_tag.repository', '=', repository)
        const tagged = exists(tags.whereRef('ecr_tag.digest', '=', 'there.digest'))
        return filter?.tagStatus === 'TAGGED' ? tagged : not(tagged)
      }),
    )
    .orderBy('there.digest')
    .limit(limit)
    .execute()
}

/** Two statements for all of them, however many there are. */
async function details(db: Db, repository: Repository, images: readonly Image[]) {
  if (images.length === 0) return []
  const digests = images.map(image => image.digest)
  const tags = Object.groupBy(await tagsOfImages(db, repository.id, digests), row => row.digest)
  const scans = new Map((await findScans(db, repository.id, digests)).map(scan => [scan.digest, scan]))
  return images.map(image => ({
    registryId: repository.account,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(tags[image.digest] && { imageTags: tags[image.digest]?.map(row => row.tag) }),
    imageSizeInBytes: image.image_size,
    imagePushedAt: new Date(image.pushed),
    imageManifestMediaType: image.media_type,
    ...(image.artifact_type && { artifactMediaType: image.artifact_type }),
    ...(image.subject && { subjectManifestDigest: image.subject }),
    ...(image.pulled > 0 && { lastRecordedPullTime: new Date(image.pulled) }),
    imageStatus: 'ACTIVE' as const,
    ...scanSummary(scans.get(image.digest)),
  }))
}

function scanSummary(scan: ImageScan | undefined) {
  if (!scan) return {}
  return {
    imageScanStatus: scanStatus(scan),
    ...(scan.status === 'COMPLETE' && {
      imageScanFindingsSummary: {
        imageScanCompletedAt: new Date(scan.completed),
        ...(scan.source_updated > 0 && { vulnerabilitySourceUpdatedAt: new Date(scan.source_updated) }),
        findingSeverityCounts: severityCounts(scan),
      },
    }),
  }
}
