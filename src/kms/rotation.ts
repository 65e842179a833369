import type * as Sdk from '@aws-sdk/client-kms'
import { randomness } from '../ground/randomness.ts'
import { quotas } from '../quotas/quotas.ts'
import { day, insertMaterial, type KeyRow } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { requireCustomerKey, requireEnabled, requireKey, requireOwnKey } from './usable-key.ts'

/** Rotation happens when the key is first used after its date; older material goes on opening what it encrypted. */
export const enableKeyRotation: Op<'EnableKeyRotation'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireEnabled(key)
  requireRotates(key)
  const { RotationPeriodInDays: days = key.rotation_period || 365 } = input
  if (days !== key.rotation_period) {
    const change = { rotation_period: days, next_rotation: ctx.now().getTime() + days * day }
    await ctx.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
  }
  return {}
}

export const disableKeyRotation: Op<'DisableKeyRotation'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireEnabled(key)
  const change = { rotation_period: 0, next_rotation: 0 }
  await ctx.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
  return {}
}

export const getKeyRotationStatus: Op<'GetKeyRotationStatus'> = async (input, ctx) => {
  const key = await requireKey(ctx, input.KeyId)
  const on = key.rotation_period > 0 && key.state !== 'PendingDeletion'
  const period = on && { RotationPeriodInDays: key.rotation_period, NextRotationDate: new Date(key.next_rotation) }
  return { KeyId: key.arn, KeyRotationEnabled: on, ...period }
}

const mostOnDemand = quotas.kms.rotations.value

/** New material at once; the old goes on opening what it encrypted. */
export const rotateKeyOnDemand: Op<'RotateKeyOnDemand'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireEnabled(key)
  requireRotates(key)
  const secret = randomness.bytes(32)
  await ctx.store.transaction(async tx => {
    const all = await tx.db
      .selectFrom('kms_material')
      .select(['generation', 'rotation'])
      .where('key_id', '=', key.id)
      .execute()
    if (all.filter(({ rotation }) => rotation === 'ON_DEMAND').length >= mostOnDemand)
      throw kmsError.limit(`A key is rotated on demand ${mostOnDemand} times at most.`)
    const generation = Math.max(...all.map(material => material.generation)) + 1
    await insertMaterial(tx, ctx, { keyId: key.id, generation, rotation: 'ON_DEMAND', secret })
  })
  return { KeyId: key.arn }
}

/** Rotations that were made, the newest first; with the first material too where all of it is asked for. */
export const listKeyRotations: Op<'ListKeyRotations'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireRotates(key)
  const { IncludeKeyMaterial: include = 'ROTATIONS_ONLY' } = input
  const newest = await ctx.store.db
    .selectFrom('kms_material')
    .select('id')
    .where('key_id', '=', key.id)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
  const read = (after: string, count: number) =>
    ctx.store.db
      .selectFrom('kms_material')
      .selectAll()
      .where('key_id', '=', key.id)
      .where('generation', '<', after === '' ? Number.MAX_SAFE_INTEGER : Number(after))
      .where('generation', '>', include === 'ALL_KEY_MATERIAL' ? 0 : 1)
      .orderBy('generation', 'desc')
      .limit(count)
      .execute()
  const { items, more } = await page('ListKeyRotations', input, ctx, row => String(row.generation), read)
  const Rotations = items.map(row => ({
    KeyId: key.arn,
    KeyMaterialId: row.id,
    KeyMaterialState: row.id === newest?.id ? ('CURRENT' as const) : ('NON_CURRENT' as const),
    ...(row.rotation !== '' && { RotationDate: new Date(row.created), RotationType: row.rotation as Sdk.RotationType }),
  }))
  return { Rotations, ...more }
}

/** Only symmetric encryption keys have material that can be another (AWS KMS Developer Guide, "Rotate AWS KMS keys"). */
function requireRotates({ spec }: KeyRow): void {
  if (spec !== 'SYMMETRIC_DEFAULT') throw kmsError.unsupported(`Rotation of a key of spec ${spec}`)
}
