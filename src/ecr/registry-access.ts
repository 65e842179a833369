import type { IncomingMessage } from 'node:http'
import { AccessDenied } from '../ground/errors.ts'
import { isByTls } from '../service/by-tls.ts'
import type { Surroundings } from '../service/iam.ts'
import type { Caller } from './authorization-token.ts'
import { createOnPush } from './create-on-push.ts'
import { templateForPush } from './creation-template.ts'
import { ecrErrors } from './ecr-errors.ts'
import { RegistryError } from './registry-errors.ts'
import type { RegistryParts } from './registry-request.ts'
import { findRepository, type Repository, type RepositoryAddress } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'

/** Who asks, and by which request. */
interface Asking extends Pick<RegistryParts, 'store' | 'iam' | 'url'> {
  readonly caller: Pick<Caller, 'principal'>
  readonly request: IncomingMessage
}

/**
 * The repository, when the caller may do one of `actions` there. Someone of another account, whom no policy lets in, is told the same
 * whether the repository exists or not.
 */
export async function requireLeave(
  asking: Asking,
  address: RepositoryAddress,
  actions: readonly string[],
): Promise<Repository> {
  const repository = await findRepository(asking.store.db, address)
  const refusals: AccessDenied[] = []
  for (const action of actions) {
    const refusal = await refusalOf(asking, address, repository, action)
    if (!refusal) break
    refusals.push(refusal)
  }
  const [first] = refusals
  const { principal } = asking.caller
  if (first && refusals.length === actions.length)
    throw principal.account === address.account ? first : notAuthorized(principal.arn, actions, address)
  if (!repository) throw ecrErrors.repositoryNotFound(address)
  return repository
}

/**
 * The same for the first request of a push: a repository that is not there is made when a template says so and the caller may create it
 * (ECR User Guide, Creating repositories on push).
 */
export async function requireForPush(
  asking: Asking & Pick<RegistryParts, 'now'>,
  address: RepositoryAddress,
  actions: readonly string[],
): Promise<Repository> {
  const { db } = asking.store
  const missing = !(await findRepository(db, address)) && (await templateForPush(db, address, address.name))
  if (!missing) return requireLeave(asking, address, actions)
  for (const action of [...actions, 'ecr:CreateRepository']) {
    const refusal = await refusalOf(asking, address, undefined, action)
    if (refusal)
      throw asking.caller.principal.account === address.account
        ? refusal
        : notAuthorized(asking.caller.principal.arn, [action], address)
  }
  return createOnPush(asking.store, missing, address, asking.now().getTime())
}

/** Undefined when the caller may do this. */
export async function refusalOf(
  { store, iam, url, caller, request }: Asking,
  address: RepositoryAddress,
  repository: Repository | undefined,
  action: string,
): Promise<AccessDenied | undefined> {
  const access = await repositoryAccess(store.db, address, repository, action)
  try {
    await iam.authorize(caller.principal, access, surroundingsOf(request, address.region, url))
  } catch (error) {
    if (error instanceof AccessDenied) return error
    throw error
  }
}

/** What conditions may ask of a request, the same as of one of an API. */
const surroundingsOf = (request: IncomingMessage, region: string, url: string): Surroundings => ({
  sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  secure: isByTls(request, url),
  region,
  userAgent: request.headers['user-agent'],
})

const notAuthorized = (arn: string, actions: readonly string[], { account, region, name }: RepositoryAddress) =>
  new RegistryError(
    'DENIED',
    `User: ${arn} is not authorized to perform: ${actions[0]} on resource: arn:aws:ecr:${region}:${account}:repository/${name} because no resource-based policy allows the ${actions[0]} action`,
  )
