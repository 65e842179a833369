import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import { noteResource } from '../store/commit-note.ts'
import type { Transaction } from '../store/store.ts'
import { newSecretAccessKey, sealSecret, uniqueId } from './access-key-secret.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { pageAmong } from './iam-page.ts'
import { findIdentity, userNameOf, wholeSeconds } from './identity-row.ts'

/** The secret is told this once. */
export const createAccessKey: Op<'CreateAccessKey'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const { identity, name } = await ownerOf({ db }, input, ctx)
    if ((await keysOf({ db }, ctx.account, identity)).length >= quotas.iam.accessKeysOfUser.value)
      throw iamError.quota('AccessKeysPerUser', quotas.iam.accessKeysOfUser.value)
    const id = uniqueId('AKIA')
    const secret = newSecretAccessKey()
    const created = wholeSeconds(ctx.now())
    const kept = { secret: sealSecret(ctx.rootSecret, id, secret), status: 'Active' as const, created }
    const unused = { last_used: 0, last_service: 'N/A', last_region: 'N/A' }
    await db
      .insertInto('iam_access_key')
      .values({ id, account: ctx.account, identity, ...kept, ...unused })
      .execute()
    const told = { Status: 'Active' as const, SecretAccessKey: secret, CreateDate: new Date(created) }
    noteResource('AWS::IAM::AccessKey', id)
    return { AccessKey: { UserName: name, AccessKeyId: id, ...told } }
  })

export const listAccessKeys: Op<'ListAccessKeys'> = async (input, ctx) => {
  const { identity, name } = await ownerOf(ctx.store, input, ctx)
  const keys = await keysOf(ctx.store, ctx.account, identity)
  const { items, more } = await pageAmong('ListAccessKeys', input, ctx, keys, key => key.id)
  const describe = (key: (typeof items)[number]) => ({
    UserName: name,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: new Date(key.created),
  })
  return { AccessKeyMetadata: items.map(describe), ...more }
}

export const updateAccessKey: Op<'UpdateAccessKey'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const { identity } = await ownerOf({ db }, input, ctx)
    const { Status: status, AccessKeyId: id } = input
    if (status !== 'Active' && status !== 'Inactive') throw iamError.invalid('Status must be Active or Inactive')
    const { numUpdatedRows } = await db
      .updateTable('iam_access_key')
      .set({ status })
      .where('id', '=', id)
      .where('account', '=', ctx.account)
      .where('identity', '=', identity)
      .executeTakeFirstOrThrow()
    if (Number(numUpdatedRows) === 0) throw iamError.noAccessKey(id)
    return {}
  })

export const deleteAccessKey: Op<'DeleteAccessKey'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const { identity } = await ownerOf({ db }, input, ctx)
    const { numDeletedRows } = await db
      .deleteFrom('iam_access_key')
      .where('id', '=', input.AccessKeyId)
      .where('account', '=', ctx.account)
      .where('identity', '=', identity)
      .executeTakeFirstOrThrow()
    if (Number(numDeletedRows) === 0) throw iamError.noAccessKey(input.AccessKeyId)
    return {}
  })

const keysOf = ({ db }: Pick<Transaction, 'db'>, account: string, identity: string) =>
  db.selectFrom('iam_access_key').selectAll().where('account', '=', account).where('identity', '=', identity).execute()

/** Without a user's name the root's own keys are meant, when root asks. */
async function ownerOf(tx: Pick<Transaction, 'db'>, input: { UserName?: string | undefined }, ctx: Context) {
  if (input.UserName === undefined && ctx.principal.kind === 'root') return { identity: '', name: '<root_account>' }
  const { id, name } = await findIdentity(tx, ctx.account, 'user', userNameOf(input, ctx))
  return { identity: id, name }
}
