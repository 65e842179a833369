import { ValidationException } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import { arnOf } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { requireNotPending, requireOwnKey } from './usable-key.ts'

export const createAlias: Op<'CreateAlias'> = async (input, ctx) => {
  checkName(input.AliasName)
  const key = await requireOwnKey(ctx, input.TargetKeyId)
  requireNotPending(key)
  const created = ctx.now().getTime()
  const row = {
    account: ctx.account,
    region: ctx.region,
    name: input.AliasName,
    key_id: key.id,
    created,
    updated: created,
  }
  const { numInsertedOrUpdatedRows } = await ctx.store.db
    .insertInto('kms_alias')
    .values(row)
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (Number(numInsertedOrUpdatedRows) === 0) throw kmsError.aliasExists(aliasArn(ctx, input.AliasName))
  return {}
}

export const updateAlias: Op<'UpdateAlias'> = async (input, ctx) => {
  checkName(input.AliasName)
  const key = await requireOwnKey(ctx, input.TargetKeyId)
  requireNotPending(key)
  const change = { key_id: key.id, updated: ctx.now().getTime() }
  const mine = ctx.store.db.updateTable('kms_alias').set(change).where('name', '=', input.AliasName)
  const { numUpdatedRows } = await mine
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .executeTakeFirstOrThrow()
  if (Number(numUpdatedRows) === 0) throw kmsError.noAlias(aliasArn(ctx, input.AliasName))
  return {}
}

export const deleteAlias: Op<'DeleteAlias'> = async (input, ctx) => {
  checkName(input.AliasName)
  const mine = ctx.store.db.deleteFrom('kms_alias').where('name', '=', input.AliasName)
  const { numDeletedRows } = await mine
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .executeTakeFirstOrThrow()
  if (Number(numDeletedRows) === 0) throw kmsError.noAlias(aliasArn(ctx, input.AliasName))
  return {}
}

export const listAliases: Op<'ListAliases'> = async (input, ctx) => {
  const key = input.KeyId === undefined ? undefined : await requireOwnKey(ctx, input.KeyId)
  const read = (after: string, count: number) => {
    const rows = ctx.store.db
      .selectFrom('kms_alias')
      .selectAll()
      .where('account', '=', ctx.account)
      .where('region', '=', ctx.region)
      .where('name', '>', after)
      .orderBy('name')
      .limit(count)
    return (key ? rows.where('key_id', '=', key.id) : rows).execute()
  }
  const { items, more } = await page('ListAliases', input, ctx, row => row.name, read)
  const described = items.map(row => ({
    AliasName: row.name,
    AliasArn: aliasArn(ctx, row.name),
    TargetKeyId: row.key_id,
    CreationDate: new Date(row.created),
    LastUpdatedDate: new Date(row.updated),
  }))
  return { Aliases: described, ...more }
}

const aliasArn = ({ account, region }: Context, name: string): string => arnOf({ kind: 'alias', name, account, region })

/** The words are AWS's, as its answers are reported in public; its model's InvalidAliasNameException is not what it answers. */
function checkName(name: string): void {
  if (!name.startsWith('alias/'))
    throw new ValidationException(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  if (!/^alias\/[\w/-]+$/.test(name)) throw new ValidationException(`${name} contains invalid characters for an alias`)
  if (name.startsWith('alias/aws/')) throw kmsError.reservedAlias()
}
