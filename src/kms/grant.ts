import type { Selectable } from 'kysely'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { KmsGrantTable } from '../store/schema/kms-tables.ts'
import type { GrantConstraints } from './grant-statement.ts'
import type { KmsPlatform } from './key-row.ts'
import { kmsError } from './kms-error.ts'
import type { KmsInput, Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { requireEnabled, requireKey, requireNotPending } from './usable-key.ts'

type GrantRow = Selectable<KmsGrantTable>

export const createGrant: Op<'CreateGrant'> = async (input, ctx) => {
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  checkGrant(input)
  const row = { ...rowOf(input), key_id: key.id, issuer: ctx.principal.arn, created: ctx.now().getTime() }
  if (input.DryRun === true) throw kmsError.dryRun()
  const same = input.Name === undefined ? undefined : await sameGrant(ctx, row)
  if (same) return { GrantId: same.id, GrantToken: same.token }
  await ctx.store.db.insertInto('kms_grant').values(row).execute()
  return { GrantId: row.id, GrantToken: row.token }
}

export const listGrants: Op<'ListGrants'> = async (input, ctx) => {
  const key = await requireKey(ctx, input.KeyId)
  const read = (after: string, count: number) => {
    let rows = ctx.store.db.selectFrom('kms_grant').selectAll().where('key_id', '=', key.id).where('id', '>', after)
    if (input.GrantId !== undefined) rows = rows.where('id', '=', input.GrantId)
    if (input.GranteePrincipal !== undefined) rows = rows.where('grantee', '=', input.GranteePrincipal)
    return rows.orderBy('id').limit(count).execute()
  }
  const { items, more } = await page('ListGrants', input, ctx, row => row.id, read)
  return { Grants: items.map(row => describe(row, key.arn)), ...more }
}

export const retireGrant: Op<'RetireGrant'> = async (input, ctx) => {
  const { GrantToken: token, KeyId: keyId, GrantId: id } = input
  const byId = keyId !== undefined && id !== undefined
  if ((token !== undefined) === byId) throw new ValidationException('Specify GrantToken, or KeyId and GrantId.')
  const grant = await findGrant(ctx, input)
  if (!grant || (byId && (await requireKey(ctx, keyId)).id !== grant.key_id))
    throw token === undefined ? kmsError.noGrant(id ?? '') : kmsError.badGrantToken()
  return remove(ctx, grant, input.DryRun)
}

export const revokeGrant: Op<'RevokeGrant'> = async (input, ctx) => {
  const key = await requireKey(ctx, input.KeyId)
  requireNotPending(key)
  const grant = await findGrant(ctx, input)
  if (!grant || grant.key_id !== key.id) throw kmsError.noGrant(input.GrantId)
  return remove(ctx, grant, input.DryRun)
}

const operations = new Set([
  ...['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'],
  ...['CreateGrant', 'RetireGrant', 'DescribeKey'],
])

function checkGrant(input: KmsInput<'CreateGrant'>): void {
  const unserved = input.Operations.find(operation => !operations.has(operation))
  if (unserved !== undefined) throw new ValidationException(`A symmetric encryption key cannot grant ${unserved}.`)
  for (const principal of [input.GranteePrincipal, input.RetiringPrincipal])
    if (
      principal !== undefined &&
      !/^arn:aws[\w-]*:(iam::\d{12}:(root$|user\/|role\/)|sts::\d{12}:assumed-role\/)/.test(principal)
    )
      throw kmsError.badArn(principal)
  const constraints = Object.entries(input.Constraints ?? {})
  if (constraints.length > 1) throw new ValidationException('A grant takes one encryption context constraint.')
  const empty = constraints.find(([, context]) => Object.keys(context ?? {}).length === 0)
  if (empty) throw new ValidationException(`${empty[0]} must hold at least one pair.`)
}

const rowOf = (input: KmsInput<'CreateGrant'>) => ({
  id: randomness.bytes(32).toString('hex'),
  token: randomness.bytes(96).toString('base64'),
  name: input.Name ?? '',
  // The model requires it, though the SDK's type does not know.
  grantee: input.GranteePrincipal as string,
  retiring: input.RetiringPrincipal ?? '',
  operations: JSON.stringify(input.Operations),
  constraints: JSON.stringify(input.Constraints ?? {}),
})

/** A named grant asked for again is the same grant (AWS KMS API Reference, CreateGrant). */
function sameGrant({ store }: KmsPlatform, row: GrantRow): Promise<GrantRow | undefined> {
  let same = store.db.selectFrom('kms_grant').selectAll()
  for (const column of ['key_id', 'name', 'grantee', 'retiring', 'operations', 'constraints', 'issuer'] as const)
    same = same.where(column, '=', row[column])
  return same.executeTakeFirst()
}

/** By its token or its id. */
export function findGrant(
  { store }: KmsPlatform,
  { GrantToken: token, GrantId: id }: { GrantToken?: string | undefined; GrantId?: string | undefined },
): Promise<GrantRow | undefined> {
  const grants = store.db.selectFrom('kms_grant').selectAll()
  return (
    token === undefined ? grants.where('id', '=', id ?? '') : grants.where('token', '=', token)
  ).executeTakeFirst()
}

async function remove({ store }: KmsPlatform, { id }: GrantRow, dryRun: boolean | undefined) {
  if (dryRun === true) throw kmsError.dryRun()
  await store.db.deleteFrom('kms_grant').where('id', '=', id).execute()
  return {}
}

/** Grants are in force at once here, so tokens are only checked. Throws InvalidGrantTokenException. */
export async function checkGrantTokens(parts: KmsPlatform, tokens: readonly string[] | undefined): Promise<void> {
  for (const token of tokens ?? []) if (!(await findGrant(parts, { GrantToken: token }))) throw kmsError.badGrantToken()
}

const describe = (row: GrantRow, keyArn: string) => {
  const constraints: GrantConstraints = JSON.parse(row.constraints)
  return {
    KeyId: keyArn,
    GrantId: row.id,
    ...(row.name !== '' && { Name: row.name }),
    CreationDate: new Date(row.created),
    GranteePrincipal: row.grantee,
    ...(row.retiring !== '' && { RetiringPrincipal: row.retiring }),
    IssuingAccount: `arn:aws:iam::${row.issuer.split(':')[4]}:root`,
    Operations: JSON.parse(row.operations),
    ...(Object.keys(constraints).length > 0 && { Constraints: constraints }),
  }
}
