import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { type ByteStream, freeChunk } from '../ground/body.ts'
import type { Iam } from '../service/iam.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { Store } from '../store/store.ts'
import type { AuthorizationTokens } from './authorization-token.ts'
import type { LayerUploads } from './layer-upload.ts'
import type { LayerUrls } from './layer-url.ts'
import { RegistryError } from './registry-errors.ts'
import type { Repository } from './repository.ts'

/** One request to a repository that its sender may make. */
export interface RegistryRequest extends RegistryParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly repository: Repository
  /** `/v2/` and the repository as the client calls it: what locations begin with. */
  readonly base: string
  /** The last part of the path: a digest, a tag or an upload's id; empty where there is none. */
  readonly reference: string
  /** The repository that the client calls by this path, when the sender may do this there; else undefined, for whatever reason. */
  other(path: string, action: string): Promise<Repository | undefined>
  /** Throws DENIED unless the sender may do this in the repository as well. */
  require(action: string): Promise<void>
}

export type RegistryHandler = (at: RegistryRequest) => Promise<void>

/** The request's body, unread. Breaking off leaves the connection open, so that an error can still be answered. */
export const bodyOf = (request: IncomingMessage): ByteStream =>
  Object.assign(request.iterator({ destroyOnReturn: false }), { release: freeChunk })

export function requireDigest(text: string | null): string {
  if (text && /^sha256:[0-9a-f]{64}$/.test(text)) return text
  throw new RegistryError('DIGEST_INVALID', `'${(text ?? '').slice(0, 200)}' is not sha256: and 64 hexadecimal digits`)
}

export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number | undefined>> = {},
  body?: string,
): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
  if (!response.hasHeader('content-length') && status !== 204)
    response.setHeader('content-length', body === undefined ? 0 : Buffer.byteLength(body))
  response.writeHead(status).end(body)
}

export interface RegistryParts {
  readonly store: Store
  readonly blobs: BlobStore
  readonly iam: Pick<Iam, 'authorize'>
  readonly tokens: AuthorizationTokens
  readonly urls: LayerUrls
  readonly uploads: LayerUploads
  readonly now: () => Date
  readonly log: Logger
}
