import { day } from './key-row.ts'
import type { Op } from './kms-operation.ts'
import { requireCustomerKey, requireEnabled, requireKey, requireOwnKey } from './usable-key.ts'

/** Rotation happens when the key is first used after its date; older material goes on opening what it encrypted. */
export const enableKeyRotation: Op<'EnableKeyRotation'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireEnabled(key)
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
