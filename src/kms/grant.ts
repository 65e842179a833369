import type { Selectable } from 'kysely'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { KmsGrantTable } from '../store/schema/kms-tables.ts'
import type { GrantConstraints } from './grant-statement.ts'
import type { KeyRow, KmsPlatform } from './key-row.ts'
import { isPair } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { KmsInput, Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { requireEnabled, requireKey, requireNotPending } from './usable-key.ts'

type GrantRow = Selectable<KmsGrantTable>

export const createGrant: Op<'CreateGrant'> = async (input, ctx) => {
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  checkGrant(input, key)
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

/** Grants in the account and region that a principal may retire. */
export const listRetirableGrants: Op<'ListRetirableGrants'> = async (input, ctx) => {
  const { RetiringPrincipal: retiring, RetiringServicePrincipal: service } = input
  if (service !== undefined) throw kmsError.unsupported('RetiringServicePrincipal')
  if (retiring === undefined) throw new ValidationException('RetiringPrincipal must be given.')
  const read = (after: string, count: number) =>
    ctx.store.db
      .selectFrom('kms_grant')
      .innerJoin('kms_key', 'kms_key.id', 'kms_grant.key_id')
      .selectAll('kms_grant')
      .select('kms_key.arn')
      .where('retiring', '=', retiring)
      .where('kms_grant.id', '>', after)
      .where('kms_key.account', '=', ctx.account)
      .where('kms_key.region', '=', ctx.region)
      .orderBy('kms_grant.id')
      .limit(count)
      .execute()
  const { items, more } = await page('ListRetirableGrants', input, ctx, row => row.id, read)
  return { Grants: items.map(row => describe(row, row.arn)), ...more }
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

const everyKind = ['CreateGrant', 'RetireGrant', 'DescribeKey']
const encryption = ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo']
const dataKeys = [
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'],
]

/** What a key may grant (AWS KMS Developer Guide, "Grants in AWS KMS": grant operations). */
function grantable({ spec, usage }: KeyRow): readonly string[] {
  const pair = isPair(spec) ? ['GetPublicKey'] : []
  if (usage === 'SIGN_VERIFY') return [...everyKind, ...pair, 'Sign', 'Verify']
  if (usage === 'KEY_AGREEMENT') return [...everyKind, ...pair, 'DeriveSharedSecret']
  if (usage === 'GENERATE_VERIFY_MAC') return [...everyKind, 'GenerateMac', 'VerifyMac']
  return [...everyKind, ...pair, ...encryption, ...(spec === 'SYMMETRIC_DEFAULT' ? dataKeys : [])]
}

function checkGrant(input: KmsInput<'CreateGrant'>, key: KeyRow): void {
  const unserved = input.Operations.find(operation => !grantable(key).includes(operation))
  if (unserved !== undefined)
    throw new ValidationException(`A key of spec ${key.spec} for ${key.usage} cannot grant ${unserved}.`)
  for (const principal of [input.GranteePrincipal, input.RetiringPrincipal])
    if (
      principal !== undefined &&
      !/^arn:aws[\w-]*:(iam::\d{12}:(root$|user\/|role\/)|sts::\d{12}:assumed-role\/)/.test(principal)
    )
      throw kmsError.badArn(principal)
  if (Object.keys(constraintsOf(input)).length > 1)
    throw new ValidationException('A grant takes one encryption context constraint.')
}

/** A constraint without pairs is none: clients send the other one empty beside the one that is meant. */
const constraintsOf = ({ Constraints: given = {} }: KmsInput<'CreateGrant'>): GrantConstraints =>
  Object.fromEntries(Object.entries(given).filter(([, context]) => Object.keys(context ?? {}).length > 0))

const rowOf = (input: KmsInput<'CreateGrant'>) => ({
  id: randomness.bytes(32).toString('hex'),
  token: randomness.bytes(96).toString('base64'),
  name: input.Name ?? '',
  // The model requires it, though the SDK's type does not know.
  grantee: input.GranteePrincipal as string,
  retiring: input.RetiringPrincipal ?? '',
  operations: JSON.stringify(input.Operations),
  constraints: JSON.stringify(constraintsOf(input)),
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
