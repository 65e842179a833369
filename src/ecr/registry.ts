import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDiskFull } from '../ground/disk-full.ts'
import { AccessDenied } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import type { Caller } from './authorization-token.ts'
import { ecrErrors } from './ecr-errors.ts'
import { repositoryAddress } from './registry-address.ts'
import { authenticate } from './registry-authentication.ts'
import { deleteBlob, getBlob, headBlob } from './registry-blobs.ts'
import { RegistryError, registryErrorOf, writeRegistryError } from './registry-errors.ts'
import { deleteManifest, getManifest, headManifest, putManifest } from './registry-manifests.ts'
import { listReferrers } from './registry-referrers.ts'
import { answer, type RegistryHandler, type RegistryParts, type RegistryRequest } from './registry-request.ts'
import { listTags } from './registry-tags.ts'
import { cancelUpload, continueUpload, finishUpload, startUpload, uploadStatus } from './registry-uploads.ts'
import { findRepository, type Repository, type RepositoryAddress } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'

/** Below `/v2/REPOSITORY/`: the pattern's one group, when it has one, is the reference. Greedy: a repository may be called `a/tags`. */
const resources = {
  tags: /^\/v2\/(.+)\/tags\/list$/,
  referrers: /^\/v2\/(.+)\/referrers\/([^/]+)$/,
  uploads: /^\/v2\/(.+)\/blobs\/uploads\/?$/,
  upload: /^\/v2\/(.+)\/blobs\/uploads\/([0-9a-f-]{36})$/,
  blob: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
  manifest: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
} as const

interface Route {
  readonly resource: keyof typeof resources
  readonly method: string
  /** ECR's permissions, any of which suffices (Amazon ECR User Guide, Private repository policies). */
  readonly actions: readonly string[]
  readonly handle: RegistryHandler
}

/** OCI Distribution 1.1, Endpoints. */
const routes: readonly Route[] = [
  { resource: 'tags', method: 'GET', actions: ['ecr:ListImages'], handle: listTags },
  { resource: 'referrers', method: 'GET', actions: ['ecr:BatchGetImage'], handle: listReferrers },
  { resource: 'uploads', method: 'POST', actions: ['ecr:InitiateLayerUpload'], handle: startUpload },
  { resource: 'upload', method: 'GET', actions: ['ecr:UploadLayerPart'], handle: uploadStatus },
  { resource: 'upload', method: 'PATCH', actions: ['ecr:UploadLayerPart'], handle: continueUpload },
  { resource: 'upload', method: 'PUT', actions: ['ecr:CompleteLayerUpload'], handle: finishUpload },
  { resource: 'upload', method: 'DELETE', actions: ['ecr:UploadLayerPart'], handle: cancelUpload },
  { resource: 'blob', method: 'GET', actions: ['ecr:GetDownloadUrlForLayer'], handle: getBlob },
  // Pulling clients ask as well before they download: whoever may read a layer may know of it.
  {
    resource: 'blob',
    method: 'HEAD',
    actions: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer'],
    handle: headBlob,
  },
  { resource: 'blob', method: 'DELETE', actions: ['ecr:BatchDeleteImage'], handle: deleteBlob },
  { resource: 'manifest', method: 'GET', actions: ['ecr:BatchGetImage'], handle: getManifest },
  { resource: 'manifest', method: 'HEAD', actions: ['ecr:BatchGetImage'], handle: headManifest },
  { resource: 'manifest', method: 'PUT', actions: ['ecr:PutImage'], handle: putManifest },
  { resource: 'manifest', method: 'DELETE', actions: ['ecr:BatchDeleteImage'], handle: deleteManifest },
]

/**
 * The registry that docker, podman, skopeo and buildah speak to: OCI Distribution 1.1 on everything below `/v2/`. Bodies are streamed
 * both ways. Set the server's `requestTimeout` to 0: a layer may take longer than Node's five minutes.
 */
export function createRegistry(
  parts: RegistryParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      response.setHeader('docker-distribution-api-version', 'registry/2.0')
      await serve(parts, request, response)
    } catch (error) {
      fail(parts, request, response, error)
    }
  }
}

async function serve(parts: RegistryParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = '', search = ''] = (request.url ?? '').split('?', 2)
  const query = new URLSearchParams(search)
  const found = findRoute(request.method ?? '', pathname)
  const signed = found && signedCaller(parts, request, query, found)
  const caller = signed ?? authenticate(request, parts.tokens)
  if (/^\/v2\/?$/.test(pathname)) return answer(response, 200, { 'content-type': 'application/json' }, '{}')
  if (!found) throw unsupported(request, pathname)
  const { route, path, reference } = found
  const addressed = (to: string) => repositoryAddress(request.headers.host ?? '', to, caller.region)
  const may = (address: RepositoryAddress, actions: readonly string[]) =>
    requireLeave(parts, request, caller, address, actions)
  const repository = await may(addressed(path), signed ? [] : route.actions)
  const at: RegistryRequest = {
    ...parts,
    request,
    response,
    query,
    repository,
    base: `/v2/${path}`,
    reference,
    other: async (to, action) => may(addressed(to), [action]).catch(() => undefined),
    require: async action => void (await may(repository, [action])),
  }
  await route.handle(at)
}

interface FoundRoute {
  readonly route: Route
  readonly path: string
  readonly reference: string
}

function findRoute(method: string, pathname: string): FoundRoute | undefined {
  for (const [resource, pattern] of Object.entries(resources)) {
    const [, path, reference = ''] = pattern.exec(pathname) ?? []
    if (path === undefined) continue
    const route = routes.find(one => one.resource === resource && one.method === method)
    return route && { route, path, reference: reference.replace(/%3a/i, ':') }
  }
  return undefined
}

/** A URL of GetDownloadUrlForLayer carries its leave in its query; whoever has it may read this layer and no more. */
function signedCaller(parts: RegistryParts, request: IncomingMessage, query: URLSearchParams, found: FoundRoute) {
  if (found.route.handle !== getBlob || !query.has('signature')) return undefined
  const { account, name } = repositoryAddress(request.headers.host ?? '', found.path, '')
  const region = parts.urls.verify(query, { account, name }, found.reference)
  if (region === undefined) throw new RegistryError('DENIED', 'The download URL is not valid, or no longer')
  return { region, principal: anonymous }
}

const anonymous = { kind: 'anonymous', account: '', arn: '', userId: '' } as const

/**
 * The repository, when the caller may do one of `actions` there. Someone of another account, whom no policy lets in, is told the same
 * whether the repository exists or not.
 */
async function requireLeave(
  parts: RegistryParts,
  request: IncomingMessage,
  { principal }: Caller,
  address: RepositoryAddress,
  actions: readonly string[],
): Promise<Repository> {
  const repository = await findRepository(parts.store.db, address)
  const refusals: AccessDenied[] = []
  for (const action of actions) {
    const access = await repositoryAccess(parts.store.db, address, repository, action)
    const refusal = await refusalOf(parts.iam, principal, access, request.socket.remoteAddress)
    if (!refusal) break
    refusals.push(refusal)
  }
  const [first] = refusals
  if (first && refusals.length === actions.length)
    throw principal.account === address.account ? first : notAuthorized(principal.arn, actions, address)
  if (!repository) throw ecrErrors.repositoryNotFound(address)
  return repository
}

async function refusalOf(
  iam: RegistryParts['iam'],
  principal: Principal,
  access: Access,
  sourceIp: string | undefined,
) {
  try {
    await iam.authorize(principal, access, { sourceIp })
  } catch (error) {
    if (error instanceof AccessDenied) return error
    throw error
  }
}

const notAuthorized = (arn: string, actions: readonly string[], { account, region, name }: RepositoryAddress) =>
  new RegistryError(
    'DENIED',
    `User: ${arn} is not authorized to perform: ${actions[0]} on resource: arn:aws:ecr:${region}:${account}:repository/${name} because no resource-based policy allows the ${actions[0]} action`,
  )

const unsupported = ({ method }: IncomingMessage, pathname: string) =>
  new RegistryError('UNSUPPORTED', `The registry does not offer ${method} ${pathname.slice(0, 200)}`, {
    status: Object.values(resources).some(pattern => pattern.test(pathname)) ? 405 : 404,
  })

const failure = (cause: unknown) =>
  isDiskFull(cause)
    ? new RegistryError('UNKNOWN', 'The disk of this installation is full', { status: 507 })
    : new RegistryError('UNKNOWN', 'The registry failed to serve this request; its log says why')

/** The client went away: nothing to tell, and nobody to tell it to. */
const disconnections: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])

function fail({ log }: RegistryParts, request: IncomingMessage, response: ServerResponse, cause: unknown): void {
  const known = registryErrorOf(cause)
  const gone = disconnections.has((cause as NodeJS.ErrnoException).code ?? '')
  if (!known && !gone) log.error({ err: cause, method: request.method }, 'registry request failed')
  if (response.headersSent || gone) return void response.destroy()
  const error = known ?? failure(cause)
  writeRegistryError(response, error, request.method !== 'HEAD')
  // What the client is still sending is read and dropped, so that it gets to read the answer.
  request.resume()
}
