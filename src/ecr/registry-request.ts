import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { type ByteStream, freeChunk } from '../ground/body.ts'
import { joiningStream, through } from '../ground/joiner.ts'
import type { Iam } from '../service/iam.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { DiskRoom } from '../store/disk-room.ts'
import type { Store } from '../store/store.ts'
import type { AuthorizationTokens } from './authorization-token.ts'
import type { LayerUploads } from './layer-upload.ts'
import type { LayerUrls } from './layer-url.ts'
import { isSha256 } from './manifest.ts'
import { RegistryError } from './registry-errors.ts'
import type { Repository } from './repository.ts'

export interface RegistryParts {
  readonly store: Store
  readonly blobs: BlobStore
  readonly iam: Pick<Iam, 'authorize'> & { isDisabled(account: string): Promise<boolean> }
  readonly tokens: AuthorizationTokens
  readonly urls: LayerUrls
  readonly uploads: LayerUploads
  /** The installation's: a request by its name may have come by TLS to a proxy. */
  readonly url: string
  readonly now: () => Date
  readonly log: Logger
  /** Of the disk. */
  readonly room?: Pick<DiskRoom, 'requireRoom'>
}

/** One request and its answer. */
export interface RegistryExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
}

/** One request to a repository that its sender may make. */
export interface RegistryRequest extends RegistryParts, RegistryExchange {
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
export const bodyOf = (request: IncomingMessage, { account }: Repository): ByteStream =>
  Object.assign(through(request, joiningStream(), account).iterator({ destroyOnReturn: false }), { release: freeChunk })

export function requireDigest(text: string | null): string {
  if (isSha256(text)) return text
  throw new RegistryError('DIGEST_INVALID', `'${(text ?? '').slice(0, 200)}' is not sha256: and 64 hexadecimal digits`)
}

/** Algorithms whose encoding is laid down (OCI Image Specification, Descriptors, Registered algorithms). */
const registered: Readonly<Record<string, RegExp>> = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ }

/** The form of a digest (the same, Digests); content is kept here by its sha256, so that nothing is found under others. */
export function isDigest(text: string): boolean {
  const [, algorithm = '', encoded = ''] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(text) ?? []
  return encoded !== '' && (registered[algorithm]?.test(encoded) ?? true)
}

/**
 * Whether the client has this already (RFC 9110, section 13.1.2): an entity tag is the digest, so the comparison is exact.
 */
export function isKnown({ headers }: IncomingMessage, digest: string): boolean {
  const tags = (headers['if-none-match'] ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags.includes(entityTag(digest)) || tags.includes('*')
}

export const entityTag = (digest: string): string => `"${digest}"`

export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number | undefined>> = {},
  body?: string,
): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
  if (!response.hasHeader('content-length') && status !== 204 && status !== 304)
    response.setHeader('content-length', body === undefined ? 0 : Buffer.byteLength(body))
  response.writeHead(status).end(body)
}
