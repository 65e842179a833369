import { ValidationException } from '../ground/errors.ts'
import type { Store } from '../store/store.ts'
import { day } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { Op } from './kms-operation.ts'
import { requireCustomerKey, requireNotPending, requireOwnKey } from './usable-key.ts'

export const scheduleKeyDeletion: Op<'ScheduleKeyDeletion'> = async (input, ctx) => {
  await destroyDueKeys(ctx.store, ctx.now())
  const key = await requireOwnKey(ctx, input.KeyId)
  requireCustomerKey(key)
  requireNotPending(key)
  const { PendingWindowInDays: days = 30 } = input
  if (days < 7 || days > 30) throw new ValidationException('PendingWindowInDays must be between 7 and 30 days.')
  const deletion = ctx.now().getTime() + days * day
  const change = { state: 'PendingDeletion' as const, deletion }
  await ctx.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
  return { KeyId: key.arn, DeletionDate: new Date(deletion), KeyState: 'PendingDeletion', PendingWindowInDays: days }
}

export const cancelKeyDeletion: Op<'CancelKeyDeletion'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  if (key.state !== 'PendingDeletion') throw kmsError.notPending(key.arn)
  const change = { state: 'Disabled' as const, deletion: 0 }
  await ctx.store.db.updateTable('kms_key').set(change).where('id', '=', key.id).execute()
  return { KeyId: key.arn }
}

/** Destroys the material of keys whose waiting time is over, with all that hangs on them. */
export async function destroyDueKeys(store: Store, now: Date): Promise<void> {
  const due = await store.db
    .selectFrom('kms_key')
    .select('id')
    .where('deletion', '>', 0)
    .where('deletion', '<=', now.getTime())
    .execute()
  if (due.length === 0) return
  const ids = due.map(row => row.id)
  await store.transaction(async ({ db }) => {
    for (const table of ['kms_material', 'kms_alias', 'kms_grant'] as const)
      await db.deleteFrom(table).where('key_id', 'in', ids).execute()
    await db.deleteFrom('kms_key').where('id', 'in', ids).execute()
  })
}
