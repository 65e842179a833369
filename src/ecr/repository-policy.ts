import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'
import { invalidPolicy, requirePolicy } from './repository-policy-text.ts'

/** A policy that would keep the caller from setting another one is refused unless forced. */
export const setRepositoryPolicy: Op<'SetRepositoryPolicy'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const policy = requirePolicy(input.policyText, ctx.checkPolicy, 'repository')
  await requireFutureLeave({ ...repository, policy }, ctx, input.force ?? false)
  await write(ctx, repository, policy)
  return shown(repository, policy)
}

export const getRepositoryPolicy: Op<'GetRepositoryPolicy'> = async (input, ctx) => {
  const repository = await requireWithPolicy(ctx, addressOf(ctx, input))
  return shown(repository, repository.policy)
}

export const deleteRepositoryPolicy: Op<'DeleteRepositoryPolicy'> = async (input, ctx) => {
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
    if (!(error instanceof AccessDenied)) throw invalidPolicy(error.message, 'repository')
    if (!force)
      throw invalidPolicy('it would keep you from changing it again; give force to set it all the same', 'repository')
  })
}
