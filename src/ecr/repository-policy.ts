import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { EcrOperation } from './ecr-operation.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'

/** A policy that would keep the caller from setting another one is refused unless forced. */
export const setRepositoryPolicy =
  (check: (text: string) => void): EcrOperation<'SetRepositoryPolicy'> =>
  async (input, ctx) => {
    const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
    const policy = requirePolicy(input.policyText, check)
    await requireFutureLeave({ ...repository, policy }, ctx, input.force ?? false)
    await write(ctx, repository, policy)
    return shown(repository, policy)
  }

export const getRepositoryPolicy: EcrOperation<'GetRepositoryPolicy'> = async (input, ctx) => {
  const repository = await requireWithPolicy(ctx, addressOf(ctx, input))
  return shown(repository, repository.policy)
}

export const deleteRepositoryPolicy: EcrOperation<'DeleteRepositoryPolicy'> = async (input, ctx) => {
  const repository = await requireWithPolicy(ctx, addressOf(ctx, input))
  await write(ctx, repository, '')
  return shown(repository, repository.policy)
}

async function requireWithPolicy(ctx: Context, address: ReturnType<typeof addressOf>): Promise<Repository> {
  const repository = await requireRepository(ctx.store.db, address)
  if (!repository.policy) throw ecrErrors.repositoryPolicyNotFound(repository)
  return repository
}

async function write({ store }: Context, { id }: Repository, policy: string): Promise<void> {
  await store.db.updateTable('ecr_repository').set({ policy }).where('id', '=', id).execute()
}

const shown = ({ account, name }: Repository, policyText: string) => ({
  registryId: account,
  repositoryName: name,
  policyText,
})

/** Asks as if the policy were set already, which also shows whether it can be evaluated at all. */
async function requireFutureLeave(repository: Repository, ctx: Context, force: boolean): Promise<void> {
  const access = await repositoryAccess(ctx.store.db, repository, repository, 'ecr:SetRepositoryPolicy')
  await ctx.iam.authorize(ctx.principal, access).catch(error => {
    if (!(error instanceof ServiceError)) throw error
    if (!(error instanceof AccessDenied)) throw invalid(error.message)
    if (!force) throw invalid('it would keep you from changing it again; give force to set it all the same')
  })
}

interface Statement {
  readonly Sid?: unknown
  readonly Effect?: unknown
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Action?: unknown
  readonly NotAction?: unknown
  readonly Resource?: unknown
  readonly Condition?: unknown
}

const members = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'Condition']

/** The grammar of repository policies: no statement names a resource other than `*`, since the repository is it. */
function requirePolicy(text: string, check: (text: string) => void): string {
  const { Version, Id, Statement, ...others } = parse(text)
  const statements: Statement[] = Array.isArray(Statement) ? Statement : [Statement]
  const validVersion = Version === undefined || Version === '2012-10-17' || Version === '2008-10-17'
  const validId = Id === undefined || typeof Id === 'string'
  if (!validVersion || !validId || Object.keys(others).length > 0)
    throw invalid('its members are Version, Id and Statement')
  for (const statement of statements) requireStatement(statement)
  try {
    check(text)
  } catch (error) {
    throw invalid((error as Error).message)
  }
  return text
}

function requireStatement(statement: Statement | undefined): void {
  if (typeof statement !== 'object' || statement === null) throw invalid('a statement must be an object')
  const unknown = Object.keys(statement).find(name => !members.includes(name))
  if (unknown) throw invalid(`a statement has no member '${unknown}'`)
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource } = statement
  if (Effect !== 'Allow' && Effect !== 'Deny') throw invalid("Effect must be 'Allow' or 'Deny'")
  if ((Principal === undefined) === (NotPrincipal === undefined)) throw invalid('a statement needs a Principal')
  if ((Action === undefined) === (NotAction === undefined)) throw invalid('a statement needs an Action')
  const actions = [Action ?? NotAction].flat()
  const wrong = actions.find(action => typeof action !== 'string' || !/^(ecr:.+|\*)$/.test(action))
  if (wrong !== undefined) throw invalid(`'${String(wrong)}' is not an action of ECR`)
  if (Resource !== undefined && Resource !== '*') throw invalid('a statement names no Resource')
}

function parse(text: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null) return document as Record<string, unknown>
  } catch (error) {
    throw invalid((error as Error).message)
  }
  throw invalid('it is not a JSON object')
}

const invalid = (reason: string) =>
  ecrErrors.invalidParameter('PolicyText', `Invalid repository policy provided: ${reason}`)
