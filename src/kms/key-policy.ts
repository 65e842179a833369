import { AccessDenied, ServiceError, ValidationException } from '../ground/errors.ts'
import { quotas } from '../quotas/quotas.ts'
import type { KeyRow } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, Op } from './kms-operation.ts'
import { requireCustomerKey, requireNotPending, requireOwnKey } from './usable-key.ts'

/** A key has one policy, and its name is this. */
const onlyName = 'default'

export const getKeyPolicy: Op<'GetKeyPolicy'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  const { PolicyName: name = onlyName } = input
  if (name !== onlyName) throw new ServiceError('NotFoundException', `No such policy exists: ${name}`)
  return { Policy: key.policy, PolicyName: onlyName }
}

export const putKeyPolicy: Op<'PutKeyPolicy'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireNotPending(key)
  if ((input.PolicyName ?? onlyName) !== onlyName)
    throw new ValidationException(`The name of a key policy must be ${onlyName}, not ${input.PolicyName}.`)
  await checkKeyPolicy(ctx, key, input.Policy, input.BypassPolicyLockoutSafetyCheck)
  await ctx.store.db.updateTable('kms_key').set({ policy: input.Policy }).where('id', '=', key.id).execute()
  return {}
}

export const listKeyPolicies: Op<'ListKeyPolicies'> = async (input, ctx) => {
  await requireOwnKey(ctx, input.KeyId)
  if (input.Marker !== undefined) throw kmsError.badMarker()
  return { PolicyNames: [onlyName], Truncated: false }
}

/** Well formed, short enough, and leaving its author able to change it again. Throws MalformedPolicyDocumentException. */
export async function checkKeyPolicy(
  ctx: KmsContext,
  key: Pick<KeyRow, 'arn' | 'account'>,
  policy: string,
  bypass: boolean | undefined,
): Promise<void> {
  if (Buffer.byteLength(policy) > quotas.kms.policySize.value)
    throw kmsError.limit('A key policy may have at most 32 kilobytes.')
  try {
    await ctx.checkPolicy(policy)
  } catch (cause) {
    throw kmsError.badPolicy((cause as Error).message)
  }
  if (bypass === true) return
  const access = { action: 'kms:PutKeyPolicy', resource: key.arn, owner: key.account, resourcePolicy: policy }
  try {
    await ctx.iam.authorize(ctx.principal, { ...access, conditions: { 'kms:CallerAccount': ctx.account } })
  } catch (cause) {
    if (!(cause instanceof AccessDenied)) throw cause
    throw kmsError.badPolicy('The new key policy will not allow you to update the key policy in the future.')
  }
}
