import type { FindingSeverity, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr'
import { ServiceError } from '../ground/errors.ts'
import type { Db } from '../store/database.ts'
import type { EcrImageScanTable } from '../store/schema/ecr-tables.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type Op, pageOf } from './ecr-operation.ts'
import { requestScan, requireImage } from './image.ts'
import { isIndex } from './manifest.ts'
import { addressOf, requireRepository } from './repository.ts'

export type ImageScan = EcrImageScanTable

export const findScans = (db: Db, repository: string, digests: readonly string[]): Promise<ImageScan[]> =>
  db
    .selectFrom('ecr_image_scan')
    .selectAll()
    .where('repository', '=', repository)
    .where('digest', 'in', digests)
    .execute()

export const scanStatus = ({ status, description }: ImageScan) => ({
  status: status as ScanStatus,
  ...(description && { description }),
})

export const severityCounts = (scan: ImageScan): Partial<Record<FindingSeverity, number>> =>
  JSON.parse(scan.severity_counts)

async function findingsOf(db: Db, { repository, digest }: ImageScan): Promise<ImageScanFinding[]> {
  const found = db.selectFrom('ecr_image_scan_findings').select('findings').where('repository', '=', repository)
  const row = await found.where('digest', '=', digest).executeTakeFirst()
  return row ? JSON.parse(row.findings) : []
}

/** Asks for a scan of an image; what comes of it is told later. Indexes cannot be scanned, their images can. */
export const startImageScan: Op<'StartImageScan'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const image = await requireImage(ctx.store.db, repository, input.imageId)
  if (isIndex(image.media_type))
    throw new ServiceError('UnsupportedImageTypeException', `Images of type '${image.media_type}' cannot be scanned`)
  await ctx.store.transaction(tx => requestScan(tx, repository.id, image.digest, ctx.now().getTime()))
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageId: { ...input.imageId, imageDigest: image.digest },
    imageScanStatus: { status: 'IN_PROGRESS' as const },
  }
}

export const describeImageScanFindings: Op<'DescribeImageScanFindings'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const image = await requireImage(ctx.store.db, repository, input.imageId)
  const [scan] = await findScans(ctx.store.db, repository.id, [image.digest])
  if (!scan) throw ecrErrors.scanNotFound(repository, { ...input.imageId, imageDigest: image.digest })
  const page = pageOf(ctx, 'DescribeImageScanFindings', input, [repository.id, image.digest, scan.completed])
  const start = Number(page.after)
  const rest = (await findingsOf(ctx.store.db, scan)).slice(start)
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageId: { ...input.imageId, imageDigest: image.digest },
    imageScanStatus: scanStatus(scan),
    ...(scan.status === 'COMPLETE' && {
      imageScanFindings: {
        imageScanCompletedAt: new Date(scan.completed),
        ...(scan.source_updated > 0 && { vulnerabilitySourceUpdatedAt: new Date(scan.source_updated) }),
        findings: rest.slice(0, page.limit),
        findingSeverityCounts: severityCounts(scan),
      },
    }),
    nextToken: page.next(rest.length, () => String(start + page.limit)),
  }
}

export const putImageScanningConfiguration: Op<'PutImageScanningConfiguration'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false
  await ctx.store.db
    .updateTable('ecr_repository')
    .set({ scan_on_push: scanOnPush ? 1 : 0 })
    .where('id', '=', repository.id)
    .execute()
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageScanningConfiguration: { scanOnPush },
  }
}
