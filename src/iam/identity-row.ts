import type { Selectable } from 'kysely'
import type { Context } from '../service/context.ts'
import type { IdentityTable } from '../store/schema/iam-tables.ts'
import type { Transaction } from '../store/store.ts'
import { uniqueId } from './access-key-secret.ts'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { iamError } from './iam-error.ts'
import { requireRoom } from './quota.ts'

export type IdentityRow = Selectable<IdentityTable>
export type Kind = IdentityRow['kind']
export interface Tag {
  readonly Key: string
  readonly Value: string
}
type Database = Pick<Transaction, 'db'>

/** A user, role, group or instance profile of the caller's account; throws NoSuchEntity. */
export async function findIdentity({ db }: Database, account: string, kind: Kind, name: string): Promise<IdentityRow> {
  const row = await db
    .selectFrom('iam_identity')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', kind)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
  if (!row) throw iamError.noIdentity(kind, name)
  return row
}

/** The same, to be changed. Throws UnmodifiableEntity for a service-linked role, which only its service may change. */
export async function findChangeable(tx: Database, account: string, kind: Kind, name: string): Promise<IdentityRow> {
  const row = await findIdentity(tx, account, kind, name)
  if (isServiceLinked(row)) throw iamError.protected(row.name)
  return row
}

export const serviceLinkedPath = '/aws-service-role/'
export const isServiceLinked = ({ kind, path }: Pick<IdentityRow, 'kind' | 'path'>): boolean =>
  kind === 'role' && path.startsWith(serviceLinkedPath)

const idPrefixes = { user: 'AIDA', role: 'AROA', group: 'AGPA', 'instance-profile': 'AIPA' } as const

/** What only roles have. */
export const noRole = { trust_policy: '', description: '', max_session: 0 } as const

export interface NewIdentity {
  readonly kind: Kind
  readonly name: string
  readonly path: string | undefined
  readonly boundary: string | undefined
  readonly tags: readonly Tag[] | undefined
  readonly trust_policy: string
  readonly description: string
  readonly max_session: number
}

/** Throws EntityAlreadyExists when the name is taken, in whatever case. */
export async function insertIdentity({ db }: Database, ctx: Context, made: NewIdentity): Promise<IdentityRow> {
  const { kind, name, path = '/', boundary = '', tags = [], ...rest } = made
  if (boundary !== '') await findAttachable({ db }, ctx.account, boundary)
  await requireRoom({ db }, ctx.account, kind)
  const row: IdentityRow = {
    ...rest,
    id: uniqueId(idPrefixes[kind]),
    account: ctx.account,
    kind,
    name,
    name_key: name.toLowerCase(),
    path,
    arn: `arn:aws:iam::${ctx.account}:${kind}${path}${name}`,
    created: wholeSeconds(ctx.now()),
    boundary,
    tags: JSON.stringify(mergeTags([], tags)),
    last_used: 0,
    last_region: '',
  }
  const { numInsertedOrUpdatedRows: inserted } = await db
    .insertInto('iam_identity')
    .values(row)
    .onConflict(conflict => conflict.columns(['account', 'kind', 'name_key']).doNothing())
    .executeTakeFirstOrThrow()
  if (Number(inserted) === 0) throw iamError.exists(kind, name)
  return row
}

/** Throws NoSuchEntity unless the ARN is of AWS's policies or of the account's own. */
export async function findAttachable({ db }: Database, account: string, arn: string): Promise<void> {
  if (!/^arn:aws:iam::(\d{12}|aws):policy\/\S+$/.test(arn)) throw iamError.invalid(`ARN ${arn} is not valid.`)
  if (awsManagedPolicies.has(arn)) return
  const row = db.selectFrom('iam_policy').select('arn').where('arn', '=', arn).where('account', '=', account)
  if (!(await row.executeTakeFirst())) throw iamError.notAttachable(arn)
}

/** Identities of a kind by name after a name, within a path. */
export function listIdentities({ db }: Database, account: string, kind: Kind, pathPrefix = '/') {
  return (after: string, count: number): Promise<IdentityRow[]> =>
    db
      .selectFrom('iam_identity')
      .selectAll()
      .where('account', '=', account)
      .where('kind', '=', kind)
      .where('name_key', '>', after)
      .where(eb => eb(eb.fn<string>('substr', ['path', eb.val(1), eb.val(pathPrefix.length)]), '=', pathPrefix))
      .orderBy('name_key')
      .limit(count)
      .execute()
}

/** New values over old ones; a key is unique without regard to case. Throws InvalidInput, LimitExceeded. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const fold = (tag: Tag) => tag.Key.toLowerCase()
  if (new Set(added.map(fold)).size < added.length)
    throw iamError.invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  const reserved = added.find(tag => fold(tag).startsWith('aws:'))
  if (reserved) throw iamError.invalid(`Tag keys may not begin with aws: (${reserved.Key})`)
  const kept = old.filter(tag => !added.some(other => fold(other) === fold(tag)))
  const all = [...kept, ...added.map(({ Key, Value }) => ({ Key, Value }))]
  if (all.length > 50) throw iamError.limit('The number of tags has reached the maximum limit: 50')
  return all
}

/** Gives an identity another name or path, or both. Throws EntityAlreadyExists. */
export async function renameIdentity(
  { db }: Database,
  row: IdentityRow,
  name: string = row.name,
  path: string = row.path,
): Promise<void> {
  const { account, kind } = row
  const name_key = name.toLowerCase()
  const others = db.selectFrom('iam_identity').select('id').where('account', '=', account).where('kind', '=', kind)
  if (await others.where('name_key', '=', name_key).where('id', '!=', row.id).executeTakeFirst())
    throw iamError.exists(kind, name)
  const arn = `arn:aws:iam::${account}:${kind}${path}${name}`
  await db.updateTable('iam_identity').set({ name, name_key, path, arn }).where('id', '=', row.id).execute()
}

/** IAM tells times to the second. */
export const wholeSeconds = (date: Date): number => Math.floor(date.getTime() / 1000) * 1000

/** AWS answers `Policy`, whatever the enumeration of its model says (IAM API Reference, AttachedPermissionsBoundary). */
const boundaryType = 'Policy' as 'PermissionsBoundaryPolicy'

/** What an answer holds of tags and of a boundary. */
export const describeExtras = (row: IdentityRow) => {
  const tags: Tag[] = JSON.parse(row.tags)
  return {
    ...(tags.length > 0 && { Tags: tags }),
    ...(row.boundary !== '' && {
      PermissionsBoundary: { PermissionsBoundaryType: boundaryType, PermissionsBoundaryArn: row.boundary },
    }),
  }
}

/** Policy documents are answered percent-encoded (IAM API Reference, GetRolePolicy). */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Throws DeleteConflict while policies hang on a user, role or group. */
export async function refuseDeletion({ db }: Database, { id }: IdentityRow): Promise<void> {
  const attached = db.selectFrom('iam_attachment').select('identity').where('identity', '=', id)
  if (await attached.executeTakeFirst())
    throw iamError.conflict('Cannot delete entity, must detach all policies first.')
  const inline = db.selectFrom('iam_inline_policy').select('identity').where('identity', '=', id)
  if (await inline.executeTakeFirst()) throw iamError.conflict('Cannot delete entity, must delete policies first.')
}

/** The inline policies of a user, role or group, by name. */
export const inlineOf = ({ db }: Database, identity: string) =>
  db.selectFrom('iam_inline_policy').selectAll().where('identity', '=', identity).orderBy('name')

/** The managed policies that are attached to one, by ARN. */
export const attachedTo = ({ db }: Database, identity: string) =>
  db.selectFrom('iam_attachment').selectAll().where('identity', '=', identity).orderBy('policy_arn')

/** The user that an operation is about: the one it names, or else the one who asks. */
export function userNameOf(input: { UserName?: string | undefined }, ctx: Context): string {
  if (input.UserName !== undefined) return input.UserName
  if (ctx.principal.kind === 'user') return ctx.principal.arn.split('/').at(-1) as string
  throw iamError.validation('Must specify userName when calling with non-User credentials')
}
