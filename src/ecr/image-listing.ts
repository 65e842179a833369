import { ecrErrors } from './ecr-errors.ts'
import { type Db, type EcrOperation, pageOf } from './ecr-operation.ts'
import { type Image, requireImage } from './image.ts'
import { tagsOfImage } from './image-operations.ts'
import { findScan, scanStatus, severityCounts } from './image-scan.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'

type Filter = { tagStatus?: string; imageStatus?: string } | undefined

/** Images are never archived here. */
const wantsActive = (filter: Filter): boolean => ['ACTIVE', 'ANY', undefined].includes(filter?.imageStatus)

/** One item per tag, and one per image without a tag, by digest and tag. */
export const listImages: EcrOperation<'ListImages'> = async (input, ctx) => {
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
    .where(eb =>
      eb.or([eb('image.digest', '>', digest), eb.and([eb('image.digest', '=', digest), eb('ecr_tag.tag', '>', tag)])]),
    )
    .$if(filter?.tagStatus === 'TAGGED', query => query.where('ecr_tag.tag', 'is not', null))
    .$if(filter?.tagStatus === 'UNTAGGED', query => query.where('ecr_tag.tag', 'is', null))
    .orderBy('image.digest')
    .orderBy('ecr_tag.tag')
    .limit(limit)
    .execute()
}

/** By digest. Named images must all be there, and cannot be paged. */
export const describeImages: EcrOperation<'DescribeImages'> = async (input, ctx) => {
  const { db } = ctx.store
  const repository = await requireRepository(db, addressOf(ctx, input))
  if (input.imageIds) {
    if (input.maxResults !== undefined || input.nextToken !== undefined)
      throw ecrErrors.invalidParameter('maxResults', 'pages cannot be asked for together with imageIds')
    const images = []
    for (const id of input.imageIds) images.push(await requireImage(db, repository, id))
    const unique = [...new Map(images.map(image => [image.digest, image])).values()]
    return { imageDetails: await Promise.all(unique.map(image => detail(db, repository, image))) }
  }
  const page = pageOf(ctx, 'DescribeImages', input, [repository.id, input.filter])
  const found = wantsActive(input.filter)
    ? await described(db, repository.id, input.filter, page.after, page.limit + 1)
    : []
  const shown = found.slice(0, page.limit)
  return {
    imageDetails: await Promise.all(shown.map(image => detail(db, repository, image))),
    nextToken: page.next(found.length, () => shown.at(-1)?.digest ?? ''),
  }
}

function described(db: Db, repository: string, filter: Filter, after: string, limit: number): Promise<Image[]> {
  const tagged = db.selectFrom('ecr_tag').select('digest').where('repository', '=', repository)
  return db
    .selectFrom('ecr_repository_manifest as image')
    .innerJoin('ecr_manifest', 'ecr_manifest.digest', 'image.digest')
    .selectAll('ecr_manifest')
    .select(['image.pushed', 'image.pulled'])
    .where('image.repository', '=', repository)
    .where('image.digest', '>', after)
    .$if(filter?.tagStatus === 'TAGGED', query => query.where('image.digest', 'in', tagged))
    .$if(filter?.tagStatus === 'UNTAGGED', query => query.where('image.digest', 'not in', tagged))
    .orderBy('image.digest')
    .limit(limit)
    .execute()
}

async function detail(db: Db, repository: Repository, image: Image) {
  const tags = await tagsOfImage(db, repository.id, image.digest)
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(tags.length > 0 && { imageTags: tags }),
    imageSizeInBytes: image.image_size,
    imagePushedAt: new Date(image.pushed),
    imageManifestMediaType: image.media_type,
    ...(image.artifact_type && { artifactMediaType: image.artifact_type }),
    ...(image.subject && { subjectManifestDigest: image.subject }),
    ...(image.pulled > 0 && { lastRecordedPullTime: new Date(image.pulled) }),
    imageStatus: 'ACTIVE' as const,
    ...(await scanSummary(db, repository.id, image.digest)),
  }
}

async function scanSummary(db: Db, repository: string, digest: string) {
  const scan = await findScan(db, repository, digest)
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
