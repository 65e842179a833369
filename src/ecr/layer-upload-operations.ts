import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { findLayer } from './layer.ts'
import { isSha256 } from './manifest.ts'
import { addressOf, requireRepository } from './repository.ts'

/** What ECR tells clients to send per part, in bytes. */
const partSize = 10 << 20

export const initiateLayerUpload: Op<'InitiateLayerUpload'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  return { uploadId: (await ctx.uploads.begin(repository)).id, partSize }
}

export const uploadLayerPart: Op<'UploadLayerPart'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const { uploadId, partFirstByte: start, partLastByte: end, layerPartBlob } = input
  const upload = await ctx.uploads.append(repository, uploadId, { body: once(layerPartBlob), range: { start, end } })
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    uploadId,
    lastByteReceived: Math.max(0, upload.received - 1),
  }
}

export const completeLayerUpload: Op<'CompleteLayerUpload'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const { uploadId } = input
  const upload = await ctx.uploads.find(repository, uploadId)
  if (upload.received === 0) throw ecrErrors.emptyUpload(repository, uploadId)
  if (upload.part_too_small === 1) throw ecrErrors.partTooSmall(uploadId)
  const layerDigest = onlyDigest(input.layerDigests)
  if (await findLayer(ctx.store.db, repository.id, layerDigest)) throw ecrErrors.layerExists(repository, layerDigest)
  await ctx.uploads.finish(repository, uploadId, layerDigest)
  return { registryId: repository.account, repositoryName: repository.name, uploadId, layerDigest }
}

/** The API takes digests of several algorithms of one layer; content is kept by its sha256, so that one must be among them. */
function onlyDigest(digests: readonly string[]): string {
  const [digest, ...others] = [...new Set(digests)]
  if (digest && others.length === 0 && isSha256(digest)) return digest
  throw ecrErrors.invalidParameter('layerDigests', `exactly one sha256 digest is needed; given: ${digests.join(', ')}`)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
