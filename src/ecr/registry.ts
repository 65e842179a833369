import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDiskFull } from '../ground/disk-full.ts'
import { requireForPush, requireLeave } from './registry-access.ts'
import { repositoryAddress } from './registry-address.ts'
import { authenticate } from './registry-authentication.ts'
import { deleteBlob, getBlob, headBlob } from './registry-blobs.ts'
import { catalogPath, listCatalog } from './registry-catalog.ts'
import { RegistryError, registryErrorOf, writeRegistryError } from './registry-errors.ts'
import { deleteManifest, getManifest, headManifest, putManifest } from './registry-manifests.ts'
import { listReferrers } from './registry-referrers.ts'
import { answer, type RegistryHandler, type RegistryParts, type RegistryRequest } from './registry-request.ts'
import { listTags } from './registry-tags.ts'
import { cancelUpload, continueUpload, finishUpload, startUpload, uploadStatus } from './registry-uploads.ts'
import type { RepositoryAddress } from './repository.ts'

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

async function requireEnabled(iam: RegistryParts['iam'], account: string): Promise<void> {
  if (await iam.isDisabled(account)) throw new RegistryError('DENIED', 'The operator has disabled the account.')
}

async function serve(parts: RegistryParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = '', search = ''] = (request.url ?? '').split('?', 2)
  const query = new URLSearchParams(search)
  const found = findRoute(request.method ?? '', pathname)
  const signed = found && signedCaller(parts, request, query, found)
  const caller = signed ?? authenticate(request, parts.tokens, parts.url)
  // A token is good for twelve hours by itself, its account may not be.
  if (!signed) await requireEnabled(parts.iam, caller.principal.account)
  if (/^\/v2\/?$/.test(pathname)) return answer(response, 200, { 'content-type': 'application/json' }, '{}')
  if (pathname === catalogPath && request.method === 'GET')
    return listCatalog({ ...parts, request, response, query, caller })
  if (!found) throw unsupported(request, pathname)
  const { route, path, reference } = found
  const addressed = (to: string) => repositoryAddress(request.headers.host ?? '', to, caller.region)
  const may = (address: RepositoryAddress, actions: readonly string[]) =>
    requireLeave({ ...parts, request, caller }, address, actions)
  const repository =
    route.handle === startUpload
      ? await requireForPush({ ...parts, request, caller }, addressed(path), route.actions)
      : await may(addressed(path), signed ? [] : route.actions)
  if (route.method !== 'GET' && route.method !== 'HEAD' && route.method !== 'DELETE') parts.room?.requireRoom()
  const at: RegistryRequest = {
    ...parts,
    request,
    response,
    query,
    repository,
    base: `/v2/${path}`,
    reference,
    async other(to, action) {
      try {
        return await may(addressed(to), [action])
      } catch (error) {
        if (!registryErrorOf(error)) throw error
      }
    },
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

const unsupported = ({ method }: IncomingMessage, pathname: string) =>
  new RegistryError('UNSUPPORTED', `The registry does not offer ${method} ${pathname.slice(0, 200)}`, {
    status: methodsOf(pathname).length > 0 ? 405 : 404,
  })

/** What may be asked of a path; none of a path that means nothing. */
function methodsOf(pathname: string): string[] {
  if (pathname === catalogPath) return ['GET']
  if (/^\/v2\/?$/.test(pathname)) return ['GET', 'HEAD']
  const [resource] = Object.entries(resources).find(([, pattern]) => pattern.test(pathname)) ?? []
  return routes.filter(route => route.resource === resource).map(route => route.method)
}

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
  // RFC 9110, section 15.5.6: what is refused as such is answered with what is not.
  if (error.status === 405) {
    const [pathname = ''] = (request.url ?? '').split('?', 1)
    response.setHeader(
      'allow',
      methodsOf(pathname)
        .filter(method => method !== request.method)
        .join(', '),
    )
  }
  writeRegistryError(response, error, request.method !== 'HEAD')
  // What the client is still sending is read and dropped, so that it gets to read the answer.
  request.resume()
}
