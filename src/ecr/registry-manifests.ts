import { BodyRefused, bodyMemory } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import type { ImageId } from './ecr-errors.ts'
import { contentOf, findImage, type Image, isTag, putImage, recordPull, removeImage, removeTag } from './image.ts'
import { manifestLimit, readManifest } from './manifest.ts'
import { acceptableImage, acceptsHeader } from './manifest-negotiation.ts'
import { RegistryError } from './registry-errors.ts'
import {
  answer,
  entityTag,
  isKnown,
  type RegistryHandler,
  type RegistryRequest,
  requireDigest,
} from './registry-request.ts'

export const headManifest: RegistryHandler = async at => {
  const image = await requireManifest(at)
  if (isKnown(at.request, image.digest)) return answer(at.response, 304, manifestHeaders(image))
  answer(at.response, 200, { ...manifestHeaders(image), 'content-length': image.size })
}

export const getManifest: RegistryHandler = async at => {
  const image = await requireManifest(at)
  if (isKnown(at.request, image.digest)) return answer(at.response, 304, manifestHeaders(image))
  await recordPull(at.store.db, at.repository.id, image, at.now().getTime())
  answer(at.response, 200, manifestHeaders(image), await contentOf(at.store.db, image))
}

export const putManifest: RegistryHandler = async at => {
  const { reference, repository } = at
  const manifest = readManifest(await readBody(at), at.request.headers['content-type'])
  const byTag = isTag(reference)
  if (!byTag && !reference.includes(':'))
    throw new RegistryError(
      'TAG_INVALID',
      `'${reference.slice(0, 200)}' is not a tag: letters, digits, '_', '.', '-', at most 128`,
    )
  if (!byTag && requireDigest(reference) !== manifest.digest)
    throw new RegistryError('DIGEST_INVALID', `The manifest was sent as ${reference} and is ${manifest.digest}`)
  await at.store.transaction(tx =>
    putImage(tx, repository, manifest, byTag ? reference : undefined, at.now().getTime()),
  )
  answer(at.response, 201, {
    location: `${at.base}/manifests/${manifest.digest}`,
    'docker-content-digest': manifest.digest,
    'oci-subject': manifest.subject?.digest,
  })
}

/** A tag goes alone; a digest goes with its tags (OCI Distribution 1.1, Deleting tags, Deleting manifests). */
export const deleteManifest: RegistryHandler = async at => {
  const { reference, repository } = at
  await at.store.transaction(async tx => {
    if (isTag(reference)) {
      if (!(await removeTag(tx, repository, reference))) throw unknown(at)
      return
    }
    const image = await findImage(tx.db, repository.id, { imageDigest: reference })
    if (!image) throw unknown(at)
    await removeImage(tx, repository, image.digest)
  })
  answer(at.response, 202)
}

/** Under a digest there is only one thing to give; under a tag the client's Accept decides (`manifest-negotiation.ts`). */
async function requireManifest(at: RegistryRequest): Promise<Image> {
  const { store, repository, reference } = at
  const named = await findImage(store.db, repository.id, imageIdOf(reference))
  if (!named) throw unknown(at)
  if (!isTag(reference)) return named
  const accepts = acceptsHeader(at.request.headers.accept)
  const image = await acceptableImage(store.db, repository.id, imageIdOf(reference), accepts)
  if (image) return image
  throw new RegistryError(
    'MANIFEST_UNKNOWN',
    `'${reference}' is of type ${named.media_type}, which Accept does not name`,
  )
}

/** A reference that is neither tag nor digest names nothing: whoever asks for it is told that there is none. */
const imageIdOf = (reference: string): ImageId =>
  isTag(reference) ? { imageTag: reference } : { imageDigest: reference }

const manifestHeaders = (image: Image) => ({
  'content-type': image.media_type,
  'docker-content-digest': image.digest,
  etag: entityTag(image.digest),
})

const unknown = ({ repository, reference }: RegistryRequest) =>
  new RegistryError('MANIFEST_UNKNOWN', `The repository '${repository.name}' has no image ${reference.slice(0, 200)}`)

async function readBody({ request, repository }: RegistryRequest): Promise<Uint8Array> {
  const memory = bodyMemory.claim(`registry ${repository.account}`, { of: repository.account })
  try {
    return await readWhole(request, { limit: manifestLimit, memory })
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error
    if (error.reason === 'memory') throw new RegistryError('TOOMANYREQUESTS', error.message, { status: 429 })
    const problem = error.reason === 'size' ? `A manifest may have at most ${manifestLimit} bytes` : error.message
    throw new RegistryError('SIZE_INVALID', problem, { status: 413 })
  } finally {
    memory.release()
  }
}
