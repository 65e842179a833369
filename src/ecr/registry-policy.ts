import type { Db } from '../store/database.ts'
import { accountSetting } from './account-setting.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { type Registry, registrySetting, removeRegistrySetting, setRegistrySetting } from './registry-setting.ts'
import { requirePolicy } from './repository-policy-text.ts'

const setting = 'registry-policy'

export const putRegistryPolicy: Op<'PutRegistryPolicy'> = async ({ policyText }, ctx) => {
  await setRegistrySetting(ctx.store.db, ctx, setting, requirePolicy(policyText, ctx.checkPolicy, 'registry'))
  return { registryId: ctx.account, policyText }
}

export const getRegistryPolicy: Op<'GetRegistryPolicy'> = async (_input, ctx) => ({
  registryId: ctx.account,
  policyText: await requireStored(ctx.store.db, ctx),
})

export const deleteRegistryPolicy: Op<'DeleteRegistryPolicy'> = async (_input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const policyText = await requireStored(db, ctx)
    await removeRegistrySetting(db, ctx, setting)
    return { registryId: ctx.account, policyText }
  })

async function requireStored(db: Db, registry: Registry): Promise<string> {
  const found = await registrySetting(db, registry, setting)
  if (found === undefined) throw ecrErrors.registryPolicyNotFound(registry.account)
  return found
}

/** What a registry policy of the older scope decides on (ECR User Guide, Private registry permissions). */
const olderScope = ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:BatchImportUpstreamImage']

/** The registry's policy, as far as it has a say in this action; undefined when there is none. */
export async function registryPolicy(db: Db, registry: Registry, action: string): Promise<string | undefined> {
  const policy = await registrySetting(db, registry, setting)
  if (policy === undefined || olderScope.includes(action)) return policy
  return (await accountSetting(db, registry, 'REGISTRY_POLICY_SCOPE')) === 'V2' ? policy : undefined
}
