import { sendBody } from '../ground/send-body.ts'
import type { BlobInfo } from '../store/blobs.ts'
import { findLayer, removeLayer, renewLayer } from './layer.ts'
import { RegistryError } from './registry-errors.ts'
import { answer, entityTag, isKnown, type RegistryHandler, type RegistryRequest } from './registry-request.ts'

export const headBlob: RegistryHandler = async at => {
  const blob = await requireBlob(at)
  await renewLayer(at.store.db, at.repository.id, blob.digest, at.now().getTime())
  if (isKnown(at.request, blob.digest)) return answer(at.response, 304, blobHeaders(blob))
  answer(at.response, 200, { ...blobHeaders(blob), 'content-length': blob.size })
}

/** Less is answered here sooner than it is found elsewhere. */
const smallestLinked = 1024 ** 2

/**
 * Whole, or one range of bytes (RFC 9110, section 14.2): several ranges at once are answered with the whole, as the RFC allows, and so
 * is a range that the client wants only of another content (section 13.1.5, If-Range). Where clients reach the bucket
 * that has it, large blobs are read there.
 */
export const getBlob: RegistryHandler = async at => {
  const blob = await requireBlob(at)
  const link = blob.size >= smallestLinked ? await at.blobs.link?.(blob.digest) : undefined
  if (link) return answer(at.response, 307, { 'docker-content-digest': blob.digest, location: link })
  const { headers } = at.request
  if (isKnown(at.request, blob.digest)) return answer(at.response, 304, blobHeaders(blob))
  const unchanged = [undefined, entityTag(blob.digest)].includes(headers['if-range'] as string | undefined)
  const range = unchanged ? readRange(headers.range, blob.size) : undefined
  const { start, end } = range ?? { start: 0, end: blob.size - 1 }
  at.response.writeHead(range ? 206 : 200, {
    ...blobHeaders(blob),
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${blob.size}` }),
  })
  await sendBody(at.blobs.open(blob.digest, range, at.base), at.response)
}

export const deleteBlob: RegistryHandler = async at => {
  const { digest } = await requireBlob(at)
  await at.store.transaction(({ db }) => removeLayer(db, at.repository, digest))
  answer(at.response, 202)
}

async function requireBlob({ store, repository, reference }: RegistryRequest): Promise<BlobInfo> {
  const found = await findLayer(store.db, repository.id, reference)
  if (!found) throw new RegistryError('BLOB_UNKNOWN', `The repository has no blob ${reference.slice(0, 200)}`)
  return found
}

const blobHeaders = ({ digest }: BlobInfo) => ({
  'content-type': 'application/octet-stream',
  'docker-content-digest': digest,
  'accept-ranges': 'bytes',
  etag: entityTag(digest),
})

/** Undefined for the whole, also for what is no range. Throws 416 when the range begins behind the end. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=([0-9]*)-([0-9]*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < start) return undefined
  if (start > end)
    throw new RegistryError('SIZE_INVALID', `The range '${header}' is not within the blob's ${size} bytes`, {
      status: 416,
      headers: { 'content-range': `bytes */${size}` },
    })
  return { start, end }
}
