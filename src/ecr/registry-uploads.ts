import type { IncomingMessage } from 'node:http'
import { ServiceError } from '../ground/errors.ts'
import { accountSetting } from './account-setting.ts'
import { findLayer, linkLayer, requireStorage } from './layer.ts'
import type { LayerPart, LayerUpload } from './layer-upload.ts'
import { RegistryError } from './registry-errors.ts'
import { answer, bodyOf, type RegistryHandler, type RegistryRequest, requireDigest } from './registry-request.ts'

/** Mounts a blob of another repository, takes a whole blob, or begins an upload: as the query says. */
export const startUpload: RegistryHandler = async at => {
  const mount = at.query.get('mount')
  if (mount !== null && (await mountBlob(at, mount))) return created(at, mount)
  if (!at.query.has('digest')) return accepted(at, await at.uploads.begin(at.repository))
  const digest = requireDigest(at.query.get('digest'))
  await at.require('ecr:UploadLayerPart')
  await at.require('ecr:CompleteLayerUpload')
  await at.uploads.put(at.repository, digest, bodyOf(at.request, at.repository))
  created(at, digest)
}

/**
 * False when the source is not told or is no repository, has no such blob or may not be read by the caller, who then sends the bytes
 * and learns nothing about other repositories (OCI Distribution 1.1, Mounting a blob from another repository).
 */
async function mountBlob(at: RegistryRequest, digest: string): Promise<boolean> {
  if ((await accountSetting(at.store.db, at.repository, 'BLOB_MOUNTING')) === 'DISABLED') return false
  const from = at.query.get('from')
  const source = from === null ? undefined : await at.other(from, 'ecr:GetDownloadUrlForLayer')
  if (!source) return false
  return at.store.transaction(async ({ db }) => {
    const blob = await findLayer(db, source.id, digest)
    if (blob) {
      await linkLayer(db, at.repository.id, blob, at.now().getTime())
      await requireStorage(db, at.repository, 'after')
    }
    return blob !== undefined
  })
}

export const uploadStatus: RegistryHandler = async at => {
  const upload = await at.uploads.find(at.repository, at.reference)
  answer(at.response, 204, progress(at, upload))
}

export const continueUpload: RegistryHandler = async at => {
  accepted(at, await inOrder(at, () => at.uploads.append(at.repository, at.reference, readPart(at))))
}

export const finishUpload: RegistryHandler = async at => {
  const digest = requireDigest(at.query.get('digest'))
  const part = hasBody(at.request) ? readPart(at) : undefined
  if (part) await at.require('ecr:UploadLayerPart')
  await inOrder(at, () => at.uploads.finish(at.repository, at.reference, digest, part))
  created(at, digest)
}

export const cancelUpload: RegistryHandler = async at => {
  await at.uploads.cancel(at.repository, at.reference)
  answer(at.response, 204)
}

const created = (at: RegistryRequest, digest: string): void =>
  answer(at.response, 201, { location: `${at.base}/blobs/${digest}`, 'docker-content-digest': digest })

const accepted = (at: RegistryRequest, upload: LayerUpload): void => answer(at.response, 202, progress(at, upload))

const progress = (at: RegistryRequest, { id, received }: LayerUpload) => ({
  location: `${at.base}/blobs/uploads/${id}`,
  range: `0-${Math.max(0, received - 1)}`,
  'docker-upload-uuid': id,
})

/** A part that does not fit answers 416 with how far the upload is, so that the client can go on from there. */
async function inOrder<T>(at: RegistryRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'InvalidLayerPartException') throw error
    const upload = await at.uploads.find(at.repository, at.reference)
    throw new RegistryError('BLOB_UPLOAD_INVALID', error.message, { status: 416, headers: progress(at, upload) })
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** OCI Distribution 1.1, Pushing a blob in chunks: `Content-Range: START-END`; some clients write it as HTTP does, `bytes START-END/*`. */
function readPart({ request, repository }: RegistryRequest): LayerPart {
  const header = request.headers['content-range']
  if (header === undefined) return { body: bodyOf(request, repository) }
  const [, start, end] = /^(?:bytes[ =])?([0-9]+)-([0-9]+)(?:\/.*)?$/.exec(header) ?? []
  const range = { start: Number(start), end: Number(end) }
  if (!Number.isSafeInteger(range.start) || !Number.isSafeInteger(range.end) || range.end < range.start)
    throw new RegistryError('BLOB_UPLOAD_INVALID', `Content-Range '${header}' is not START-END`)
  return { body: bodyOf(request, repository), range }
}
