import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { currentMaterial } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import { destroyDueKeys } from './key-deletion.ts'
import { checkKeyPolicy } from './key-policy.ts'
import { arnOf, defaultPolicy, insertKey, type KeyRow, type KmsPlatform } from './key-row.ts'
import { chosenKind, makeSecret, toldKind } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { mergeTags } from './kms-tag.ts'
import { kindOf, requireCustomerKey, requireKey, requireNotPending, requireOwnKey } from './usable-key.ts'

export const createKey: Op<'CreateKey'> = async (input, ctx) => {
  refuseUnserved(input)
  const kind = chosenKind(input.KeySpec ?? input.CustomerMasterKeySpec, input.KeyUsage)
  const { Policy: policy = defaultPolicy(ctx.account), Description: description = '' } = input
  const tags = JSON.stringify(mergeTags([], input.Tags ?? []))
  const place = { id: randomness.uuid(), account: ctx.account, region: ctx.region }
  const arn = arnOf({ ...place, kind: 'key', name: place.id })
  await checkKeyPolicy(ctx, { arn, account: ctx.account }, policy, input.BypassPolicyLockoutSafetyCheck)
  const secret = await makeSecret(kind.spec)
  const made = { ...place, manager: 'CUSTOMER' as const, description, rotationPeriod: 0, tags, policy, kind, secret }
  const row = await ctx.store.transaction(tx => insertKey(tx, ctx, made))
  return { KeyMetadata: await describe(ctx, row) }
}

export const describeKey: Op<'DescribeKey'> = async (input, ctx) => {
  await checkGrantTokens(ctx, input.GrantTokens)
  return { KeyMetadata: await describe(ctx, await requireKey(ctx, input.KeyId)) }
}

export const listKeys: Op<'ListKeys'> = async (input, ctx) => {
  await destroyDueKeys(ctx.store, ctx.now())
  const { items, more } = await page<Listed>(
    'ListKeys',
    input,
    ctx,
    row => row.id,
    (after, count) => list(ctx, after, count),
  )
  return { Keys: items.map(row => ({ KeyId: row.id, KeyArn: row.arn })), ...more }
}

export const updateKeyDescription: Op<'UpdateKeyDescription'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireNotPending(key)
  const change = { description: input.Description }
  await ctx.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
  return {}
}

export const enableKey: Op<'EnableKey'> = (input, ctx) => setState(ctx, input.KeyId, 'Enabled')
export const disableKey: Op<'DisableKey'> = (input, ctx) => setState(ctx, input.KeyId, 'Disabled')

function refuseUnserved(input: KmsInput<'CreateKey'>): void {
  const { KeySpec: spec, CustomerMasterKeySpec: oldSpec = spec, Origin: origin } = input
  if (oldSpec !== spec && spec !== undefined)
    throw new ValidationException('Specify KeySpec or CustomerMasterKeySpec, not both with different values.')
  if (origin !== undefined && origin !== 'AWS_KMS') throw kmsError.unsupported(`Origin ${origin}`)
  if (input.MultiRegion === true) throw kmsError.unsupported('A multi-Region key')
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    throw kmsError.unsupported('A custom key store')
}

async function setState(ctx: KmsContext, keyId: string, state: 'Enabled' | 'Disabled') {
  const key = await requireOwnKey(ctx, keyId)
  requireCustomerKey(key)
  requireNotPending(key)
  await ctx.store.db.updateTable('kms_key').set({ state }).where('id', '=', key.id).execute()
  return {}
}

type Listed = Pick<KeyRow, 'id' | 'arn'>

const list = (ctx: KmsContext, after: string, count: number): Promise<Listed[]> =>
  ctx.store.db
    .selectFrom('kms_key')
    .select(['id', 'arn'])
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('id', '>', after)
    .orderBy('id')
    .limit(count)
    .execute()

async function describe(ctx: KmsPlatform, key: KeyRow) {
  const { arn: _, ...kind } = kindOf(key)
  const material = kind.spec === 'SYMMETRIC_DEFAULT' ? (await currentMaterial(ctx, key)).id : undefined
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.created),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyState: key.state,
    ...(key.deletion > 0 && { DeletionDate: new Date(key.deletion) }),
    Origin: 'AWS_KMS' as const,
    KeyManager: key.manager,
    ...toldKind(kind),
    MultiRegion: false,
    CurrentKeyMaterialId: material,
  }
}
