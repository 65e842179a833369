import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { findLayer, renewLayer } from './layer.ts'
import { isSha256 } from './manifest.ts'
import { addressOf, requireRepository } from './repository.ts'

export const batchCheckLayerAvailability: Op<'BatchCheckLayerAvailability'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const valid = input.layerDigests.filter(isSha256)
  const checked = await Promise.all(valid.map(digest => availability(ctx.store.db, repository.id, digest, ctx.now())))
  return {
    layers: checked,
    failures: input.layerDigests.filter(digest => !isSha256(digest)).map(layerFailure),
  }
}

async function availability(db: Db, repository: string, layerDigest: string, now: Date) {
  const found = await findLayer(db, repository, layerDigest)
  if (!found) return { layerDigest, layerAvailability: 'UNAVAILABLE' as const }
  await renewLayer(db, repository, layerDigest, now.getTime())
  return { layerDigest, layerAvailability: 'AVAILABLE' as const, layerSize: found.size, mediaType: layerMediaType }
}

/** A blob's kind is known to the manifests that name it; ECR answers this type for layers pushed by Docker. */
const layerMediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip'

const layerFailure = (layerDigest: string) =>
  layerDigest === ''
    ? { failureCode: 'MissingLayerDigest' as const, failureReason: 'Invalid layer digest in request: none was given' }
    : {
        layerDigest,
        failureCode: 'InvalidLayerDigest' as const,
        failureReason: `Invalid layer digest in request: '${layerDigest}' is not sha256: and 64 hexadecimal digits`,
      }

/** The URL needs no further credentials and works for an hour. */
export const getDownloadUrlForLayer: Op<'GetDownloadUrlForLayer'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const { layerDigest } = input
  if (!(await findLayer(ctx.store.db, repository.id, layerDigest)))
    throw ecrErrors.layersNotFound(repository, [layerDigest])
  return { downloadUrl: ctx.urls.sign(ctx.url, repository, layerDigest), layerDigest }
}
