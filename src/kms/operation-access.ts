import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { EncryptionContext } from '../service/kms.ts'
import { requireCiphertext, requireNamedKey } from './cryptography.ts'
import { findGrant } from './grant.ts'
import type { GrantConstraints } from './grant-statement.ts'
import { arnOf, arnsOf, findKey } from './key-row.ts'
import { askerConditions, ciphertextAccess, contextConditions, type KeyUse, keyAccess } from './kms-access.ts'
import type { KmsContext, KmsInput } from './kms-operation.ts'

type Fields = Record<string, unknown>

/** Who may: the operation on the keys and aliases that the input names (Service Authorization Reference, AWS KMS). */
export async function kmsAccess(input: Fields, ctx: KmsContext, operation: string): Promise<Access[]> {
  const asker = { principal: ctx.principal, account: ctx.account, region: ctx.region }
  const conditions = requestConditions(operation, input)
  const context = input.EncryptionContext as EncryptionContext | undefined
  const on = (keyId: unknown, use: Partial<KeyUse> = {}) =>
    keyAccess(ctx, asker, String(keyId), { action: operation, context, conditions, ...use })
  const onCiphertext = (keyId: unknown, use: KeyUse) =>
    keyId === undefined
      ? ciphertextAccess(ctx, asker, requireCiphertext(input.CiphertextBlob as Uint8Array | undefined), use)
      : on(keyId, use)

  switch (operation) {
    case 'CreateKey': {
      const actions = ['CreateKey', ...(input.Tags === undefined ? [] : ['TagResource'])]
      const asked = { ...askerConditions(asker), ...conditions }
      return actions.map(action => ({ action: `kms:${action}`, resource: '*', conditions: asked }))
    }
    case 'GenerateRandom':
    case 'ListKeys':
    case 'ListRetirableGrants':
    case 'ListAliases':
      return [{ action: `kms:${operation}`, resource: '*', conditions: askerConditions(asker) }]
    case 'CreateAlias':
      return [aliasAccess(operation, input, ctx), await on(input.TargetKeyId)]
    case 'UpdateAlias':
      return [
        aliasAccess(operation, input, ctx),
        ...(await aliasTarget(input, ctx, operation)),
        await on(input.TargetKeyId),
      ]
    case 'DeleteAlias':
      return [aliasAccess(operation, input, ctx), ...(await aliasTarget(input, ctx, operation))]
    case 'Decrypt': {
      const { KeyId: keyId, EncryptionAlgorithm: algorithm } = input as KmsInput<'Decrypt'>
      requireNamedKey(keyId, algorithm)
      return [await onCiphertext(keyId, { action: 'Decrypt', context, conditions })]
    }
    case 'ReEncrypt': {
      const { SourceEncryptionContext: before, DestinationEncryptionContext: after } = input as KmsInput<'ReEncrypt'>
      const { SourceEncryptionAlgorithm: source, DestinationEncryptionAlgorithm: destination } =
        input as KmsInput<'ReEncrypt'>
      requireNamedKey(input.SourceKeyId as string | undefined, source)
      const by = (algorithm = 'SYMMETRIC_DEFAULT') => ({ ...conditions, 'kms:EncryptionAlgorithm': algorithm })
      const opening = { action: 'ReEncryptFrom', context: before, conditions: by(source) }
      const from = await onCiphertext(input.SourceKeyId, opening)
      const to = await on(input.DestinationKeyId, {
        action: 'ReEncryptTo',
        context: after,
        conditions: by(destination),
      })
      const same = { 'kms:ReEncryptOnSameKey': String(from.resource === to.resource) }
      return [from, to].map(access => ({ ...access, conditions: { ...access.conditions, ...same } }))
    }
    case 'RetireGrant':
      return retireAccess(input as KmsInput<'RetireGrant'>, ctx, keyId => on(keyId))
    default:
      return [await on(input.KeyId)]
  }
}

/** What constrains a grant: by which comparison, and the encryption context that it names. */
function constraintConditions(constraints: GrantConstraints): Record<string, string | string[]> {
  const [type, context] = Object.entries(constraints).find(([, pairs]) => pairs !== undefined) ?? []
  return type === undefined ? {} : { 'kms:GrantConstraintType': type, ...contextConditions(context) }
}

const aliasName = (input: Fields, { account, region }: Context) =>
  ({ kind: 'alias', name: String(input.AliasName), account, region }) as const

const aliasAccess = (operation: string, input: Fields, ctx: Context): Access => ({
  action: `kms:${operation}`,
  resource: arnOf(aliasName(input, ctx)),
})

/** The key that the alias names now, if it names one. */
async function aliasTarget(input: Fields, ctx: KmsContext, action: string): Promise<Access[]> {
  const key = await findKey(ctx.store, aliasName(input, ctx), ctx.now())
  const asker = { principal: ctx.principal, account: ctx.account, region: ctx.region }
  return key ? [await keyAccess(ctx, asker, key.arn, { action })] : []
}

/** The retiring principal needs no other leave, nor a grantee that may retire (AWS KMS API Reference, RetireGrant). */
async function retireAccess(
  input: KmsInput<'RetireGrant'>,
  ctx: KmsContext,
  onKey: (keyId: string) => Promise<Access>,
): Promise<Access[]> {
  const grant = await findGrant(ctx, input)
  if (!grant) return input.KeyId === undefined ? [] : [await onKey(input.KeyId)]
  const mine = arnsOf(ctx.principal)
  const mayRetire = JSON.parse(grant.operations).includes('RetireGrant')
  if (mine.includes(grant.retiring) || (mayRetire && mine.includes(grant.grantee))) return []
  const key = await ctx.store.db
    .selectFrom('kms_key')
    .select('arn')
    .where('id', '=', grant.key_id)
    .executeTakeFirstOrThrow()
  const access = await onKey(key.arn)
  const conditions = { ...access.conditions, ...constraintConditions(JSON.parse(grant.constraints)) }
  return [{ ...access, conditions }]
}

function requestConditions(operation: string, input: Fields): Record<string, string | string[]> {
  const tags = (input.Tags ?? []) as { TagKey: string; TagValue: string }[]
  const keys = (input.TagKeys as string[] | undefined) ?? (input.Tags ? tags.map(tag => tag.TagKey) : undefined)
  const scalar = (key: string, value: unknown): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]]
  return {
    ...Object.fromEntries([
      ...tags.map(tag => [`aws:RequestTag/${tag.TagKey}`, tag.TagValue]),
      ...scalar('kms:BypassPolicyLockoutSafetyCheck', input.BypassPolicyLockoutSafetyCheck),
      ...scalar('kms:GranteePrincipal', operation === 'CreateGrant' ? input.GranteePrincipal : undefined),
      ...scalar('kms:RetiringPrincipal', input.RetiringPrincipal),
      ...scalar('kms:ScheduleKeyDeletionPendingWindowInDays', input.PendingWindowInDays),
      ...scalar('kms:RotationPeriodInDays', input.RotationPeriodInDays),
      ...scalar(
        'kms:EncryptionAlgorithm',
        encrypting.has(operation) ? (input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT') : undefined,
      ),
      ...scalar('kms:SigningAlgorithm', input.SigningAlgorithm),
      ...scalar('kms:MacAlgorithm', input.MacAlgorithm),
      ...scalar('kms:KeyAgreementAlgorithm', input.KeyAgreementAlgorithm),
      ...scalar('kms:DataKeyPairSpec', input.KeyPairSpec),
      ...scalar('kms:MessageType', signing.has(operation) ? (input.MessageType ?? 'RAW') : undefined),
      ...(operation === 'CreateKey' ? newKeyConditions(input as KmsInput<'CreateKey'>) : []),
      ...(aboutGrants.has(operation) ? [['kms:GrantIsForAWSResource', 'false']] : []),
    ]),
    ...constraintConditions((input.Constraints ?? {}) as GrantConstraints),
    ...(keys && { 'aws:TagKeys': keys }),
    ...(Array.isArray(input.Operations) && { 'kms:GrantOperations': input.Operations as string[] }),
  }
}

const encrypting = new Set([
  ...['Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
])
const signing = new Set(['Sign', 'Verify'])
const aboutGrants = new Set(['CreateGrant', 'ListGrants', 'RevokeGrant'])

const newKeyConditions = ({ KeySpec, CustomerMasterKeySpec, KeyUsage }: KmsInput<'CreateKey'>): [string, string][] => [
  ['kms:KeySpec', KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'],
  ['kms:KeyUsage', KeyUsage ?? 'ENCRYPT_DECRYPT'],
  ['kms:KeyOrigin', 'AWS_KMS'],
  ['kms:MultiRegion', 'false'],
]
