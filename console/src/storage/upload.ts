import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { s3 } from '../api/s3.ts'

const partBytes = 8 * 1024 ** 2
/** Parts of a file that are sent side by side. */
const atOnce = 3
/** A link lives as long as a part on a slow line takes. */
const expiresIn = 3600

export interface UploadTarget {
  readonly region: string
  readonly bucket: string
  readonly key: string
}

interface Watch {
  readonly signal: AbortSignal
  /** So many bytes more are sent; fewer than none when a part has to be sent again. */
  onBytes(count: number): void
}

/**
 * Sends a file by presigned links: whole, or in parts, several at a time. The browser reads each slice from the disk as it sends it, so that no
 * part is held in memory. An upload that is cancelled or fails leaves no parts.
 */
export const uploadFile = (file: File, target: UploadTarget, watch: Watch): Promise<void> =>
  file.size <= partBytes ? uploadWhole(file, target, watch) : uploadParts(file, target, watch)

async function uploadWhole(file: File, { region, bucket, key }: UploadTarget, watch: Watch): Promise<void> {
  const ContentType = file.type || 'application/octet-stream'
  const ask = new PutObjectCommand({ Bucket: bucket, Key: key, ContentType })
  const url = await getSignedUrl(s3(region), ask, { expiresIn, signableHeaders: new Set(['content-type']) })
  await put(url, file, watch, ContentType)
}

async function uploadParts(file: File, { region, bucket, key }: UploadTarget, watch: Watch): Promise<void> {
  const client = s3(region)
  const ContentType = file.type || 'application/octet-stream'
  const at = { Bucket: bucket, Key: key }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ContentType }))
  const own = new AbortController()
  const signal = AbortSignal.any([watch.signal, own.signal])
  const size = partSizeOf(file.size)
  const count = Math.ceil(file.size / size)
  const ETags: string[] = []
  let next = 0
  const send = async () => {
    for (let index = next++; index < count; index = next++) {
      const ask = new UploadPartCommand({ ...at, UploadId, PartNumber: index + 1 })
      const url = await getSignedUrl(client, ask, { expiresIn })
      const slice = file.slice(index * size, (index + 1) * size)
      ETags[index] = await put(url, slice, { ...watch, signal })
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, send))
    const Parts = ETags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }))
    await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
  } catch (error) {
    own.abort()
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {})
    throw error
  }
}

const mostParts = 10_000
/** Parts grow where there would be more of them than S3 takes. */
const partSizeOf = (size: number): number => partBytes * Math.ceil(size / (partBytes * mostParts))

const pausesMs = [200, 1000, 3000]

/** The same bytes at the same place are the same part: what a changing network cut off is sent again. Resolves with the ETag. */
async function put(url: string, body: Blob, watch: Watch, contentType?: string): Promise<string> {
  for (const pause of pausesMs)
    try {
      return await putOnce(url, body, watch, contentType)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  return putOnce(url, body, watch, contentType)
}

/** A request of its own kind: `fetch` does not say how much of a body is sent. */
const putOnce = (url: string, body: Blob, { signal, onBytes }: Watch, contentType?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let told = 0
    const tell = (sent: number) => {
      onBytes(sent - told)
      told = sent
    }
    const abort = () => request.abort()
    signal.addEventListener('abort', abort)
    request.upload.onprogress = ({ loaded }) => tell(loaded)
    request.onload = () => {
      if (request.status !== 200) return reject(refusal(request))
      tell(body.size)
      resolve(request.getResponseHeader('etag') ?? '')
    }
    request.onerror = () => {
      tell(0)
      reject(new TypeError('The connection broke.'))
    }
    request.onabort = () => reject(new DOMException('The upload is cancelled.', 'AbortError'))
    request.onloadend = () => signal.removeEventListener('abort', abort)
    request.open('PUT', url)
    if (contentType !== undefined) request.setRequestHeader('content-type', contentType)
    request.send(body)
    if (signal.aborted) abort()
  })

/** What S3 says in XML, with what errors of AWS's clients have. */
function refusal({ responseText, status }: XMLHttpRequest): Error {
  const text = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(responseText)?.[1]
  const error = new Error(text('Message') ?? `The server answered ${status}.`)
  error.name = text('Code') ?? `${status}`
  return Object.assign(error, { $metadata: { requestId: text('RequestId') } })
}
