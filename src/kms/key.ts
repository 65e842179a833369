import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { Context } from '../service/context.ts'
import { currentMaterial } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import { checkKeyPolicy } from './key-policy.ts'
import { arnOf, day, defaultPolicy, destroyDueKeys, insertKey, type KeyRow, type KmsParts } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { KmsInput, Operations } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { mergeTags } from './kms-tag.ts'
import { requireCustomerKey, requireKey, requireNotPending, requireOwnKey } from './usable-key.ts'

type Names =
  | 'CreateKey'
  | 'DescribeKey'
  | 'ListKeys'
  | 'EnableKey'
  | 'DisableKey'
  | 'ScheduleKeyDeletion'
  | 'CancelKeyDeletion'
  | 'UpdateKeyDescription'

export const keyOperations = (parts: KmsParts): Operations<Names> => ({
  async CreateKey(input, ctx) {
    refuseUnserved(input)
    const { Policy: policy = defaultPolicy(ctx.account), Description: description = '' } = input
    const tags = JSON.stringify(mergeTags([], input.Tags ?? []))
    const place = { id: randomness.uuid(), account: ctx.account, region: ctx.region }
    const arn = arnOf({ ...place, kind: 'key', name: place.id })
    await checkKeyPolicy(parts, ctx, { arn, account: ctx.account }, policy, input.BypassPolicyLockoutSafetyCheck)
    const made = { ...place, manager: 'CUSTOMER' as const, description, rotationPeriod: 0, tags, policy }
    const row = await parts.store.transaction(tx => insertKey(tx, parts, made))
    return { KeyMetadata: await describe(parts, row) }
  },

  async DescribeKey(input, ctx) {
    await checkGrantTokens(parts, input.GrantTokens)
    return { KeyMetadata: await describe(parts, await requireKey(parts, ctx, input.KeyId)) }
  },

  async ListKeys(input, ctx) {
    await destroyDueKeys(parts.store, parts.now())
    const { items, more } = await page<Listed>(
      'ListKeys',
      input,
      ctx,
      row => row.id,
      (after, count) => list(parts, ctx, after, count),
    )
    return { Keys: items.map(row => ({ KeyId: row.id, KeyArn: row.arn })), ...more }
  },

  async UpdateKeyDescription(input, ctx) {
    const key = await requireOwnKey(parts, ctx, input.KeyId)
    requireCustomerKey(key)
    requireNotPending(key)
    const change = { description: input.Description }
    await parts.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
    return {}
  },

  EnableKey: (input, ctx) => setState(parts, ctx, input.KeyId, 'Enabled'),
  DisableKey: (input, ctx) => setState(parts, ctx, input.KeyId, 'Disabled'),

  async ScheduleKeyDeletion(input, ctx) {
    await destroyDueKeys(parts.store, parts.now())
    const key = await requireOwnKey(parts, ctx, input.KeyId)
    requireCustomerKey(key)
    requireNotPending(key)
    const { PendingWindowInDays: days = 30 } = input
    if (days < 7 || days > 30) throw new ValidationException('PendingWindowInDays must be between 7 and 30 days.')
    const deletion = parts.now().getTime() + days * day
    const change = { state: 'PendingDeletion' as const, deletion }
    await parts.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
    return { KeyId: key.arn, DeletionDate: new Date(deletion), KeyState: 'PendingDeletion', PendingWindowInDays: days }
  },

  async CancelKeyDeletion(input, ctx) {
    const key = await requireOwnKey(parts, ctx, input.KeyId)
    if (key.state !== 'PendingDeletion') throw kmsError.notPending(key.arn)
    const change = { state: 'Disabled' as const, deletion: 0 }
    await parts.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
    return { KeyId: key.arn }
  },
})

function refuseUnserved(input: KmsInput<'CreateKey'>): void {
  const {
    KeySpec: spec = 'SYMMETRIC_DEFAULT',
    CustomerMasterKeySpec: oldSpec = spec,
    KeyUsage: usage,
    Origin: origin,
  } = input
  if (oldSpec !== spec && input.KeySpec !== undefined)
    throw new ValidationException('Specify KeySpec or CustomerMasterKeySpec, not both with different values.')
  if (oldSpec !== 'SYMMETRIC_DEFAULT') throw kmsError.unsupported(`KeySpec ${oldSpec}`)
  if (usage !== undefined && usage !== 'ENCRYPT_DECRYPT')
    throw new ValidationException(`KeyUsage ${usage} is not compatible with KeySpec SYMMETRIC_DEFAULT`)
  if (origin !== undefined && origin !== 'AWS_KMS') throw kmsError.unsupported(`Origin ${origin}`)
  if (input.MultiRegion === true) throw kmsError.unsupported('A multi-Region key')
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    throw kmsError.unsupported('A custom key store')
}

async function setState(parts: KmsParts, ctx: Context, keyId: string, state: 'Enabled' | 'Disabled') {
  const key = await requireOwnKey(parts, ctx, keyId)
  requireCustomerKey(key)
  requireNotPending(key)
  await parts.store.db.updateTable('kms_key').set({ state }).where('id', '=', key.id).execute()
  return {}
}

type Listed = Pick<KeyRow, 'id' | 'arn'>

const list = ({ store }: KmsParts, ctx: Context, after: string, count: number): Promise<Listed[]> =>
  store.db
    .selectFrom('kms_key')
    .select(['id', 'arn'])
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('id', '>', after)
    .orderBy('id')
    .limit(count)
    .execute()

async function describe(parts: KmsParts, key: KeyRow) {
  const { id: material } = await currentMaterial(parts, key)
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.created),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT' as const,
    KeyState: key.state,
    ...(key.deletion > 0 && { DeletionDate: new Date(key.deletion) }),
    Origin: 'AWS_KMS' as const,
    KeyManager: key.manager,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' as const,
    KeySpec: 'SYMMETRIC_DEFAULT' as const,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT' as const],
    MultiRegion: false,
    CurrentKeyMaterialId: material,
  }
}
