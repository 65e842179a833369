import type { Context } from '../service/context.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { readLifecyclePolicy } from './lifecycle-rules.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'

/** The policy is applied at once, after each push and when time makes images due: `lifecycle-policy.reconcile.ts`. */
export const putLifecyclePolicy: Op<'PutLifecyclePolicy'> = async (input, ctx) => {
  const { lifecyclePolicyText } = input
  readLifecyclePolicy(lifecyclePolicyText)
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  await ctx.store.transaction(async tx => {
    await tx.db
      .updateTable('ecr_repository')
      .set({ lifecycle_policy: lifecyclePolicyText, lifecycle_evaluated: 0 })
      .where('id', '=', repository.id)
      .execute()
    await tx.enqueue('lifecycle-policy', repository.id)
  })
  return { registryId: repository.account, repositoryName: repository.name, lifecyclePolicyText }
}

export const getLifecyclePolicy: Op<'GetLifecyclePolicy'> = async (input, ctx) =>
  shown(await requireWithPolicy(ctx, addressOf(ctx, input)))

export const deleteLifecyclePolicy: Op<'DeleteLifecyclePolicy'> = async (input, ctx) => {
  const repository = await requireWithPolicy(ctx, addressOf(ctx, input))
  await ctx.store.db
    .updateTable('ecr_repository')
    .set({ lifecycle_policy: '', lifecycle_evaluated: 0 })
    .where('id', '=', repository.id)
    .execute()
  return shown(repository)
}

async function requireWithPolicy(ctx: Context, address: ReturnType<typeof addressOf>): Promise<Repository> {
  const repository = await requireRepository(ctx.store.db, address)
  if (!repository.lifecycle_policy) throw ecrErrors.lifecyclePolicyNotFound(repository)
  return repository
}

const shown = ({ account, name, lifecycle_policy, lifecycle_evaluated }: Repository) => ({
  registryId: account,
  repositoryName: name,
  lifecyclePolicyText: lifecycle_policy,
  ...(lifecycle_evaluated > 0 && { lastEvaluatedAt: new Date(lifecycle_evaluated) }),
})
