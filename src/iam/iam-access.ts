import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import type { Tag } from './identity-row.ts'

type Fields = Record<string, unknown>

/** Who may: the action on the user, role or policy that the input names (Service Authorization Reference, IAM). */
export async function iamAccess(operation: string, input: Fields, ctx: Context): Promise<Access[]> {
  const target = await targetOf(operation, input, ctx)
  const action = `iam:${operation}`
  return [{ action, resource: target.arn, conditions: { ...target.conditions, ...requestConditions(input) } }]
}

interface Target {
  readonly arn: string
  readonly conditions?: Record<string, string>
}

async function targetOf(operation: string, input: Fields, ctx: Context): Promise<Target> {
  const text = (name: string) => (typeof input[name] === 'string' ? (input[name] as string) : undefined)
  const at = `arn:aws:iam::${ctx.account}`
  const path = text('Path') ?? '/'
  if (operation === 'CreateUser') return { arn: `${at}:user${path}${text('UserName')}` }
  if (operation === 'CreateRole') return { arn: `${at}:role${path}${text('RoleName')}` }
  if (operation === 'CreatePolicy') return { arn: `${at}:policy${path}${text('PolicyName')}` }
  if (operation === 'ListUsers') return { arn: `${at}:user${text('PathPrefix') ?? '/'}` }
  if (operation === 'ListRoles') return { arn: `${at}:role${text('PathPrefix') ?? '/'}` }
  if (operation === 'SimulatePrincipalPolicy') return { arn: text('PolicySourceArn') ?? '*' }
  if (operation === 'GetAccessKeyLastUsed' || operation === 'ListPolicies') return { arn: '*' }
  if (text('RoleName') !== undefined) return identityTarget(ctx, 'role', text('RoleName') as string)
  const caller = ctx.principal.kind === 'user' ? ctx.principal.arn.split('/').at(-1) : undefined
  const userName = text('UserName') ?? (text('PolicyArn') === undefined ? caller : undefined)
  if (userName !== undefined) return identityTarget(ctx, 'user', userName)
  return { arn: text('PolicyArn') ?? ctx.principal.arn }
}

/** The ARN holds the path, which only the row knows; tags are the resource's. */
async function identityTarget(ctx: Context, kind: 'user' | 'role', name: string): Promise<Target> {
  const row = await ctx.store.db
    .selectFrom('iam_identity')
    .select(['arn', 'tags'])
    .where('account', '=', ctx.account)
    .where('kind', '=', kind)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
  const tags: Tag[] = JSON.parse(row?.tags ?? '[]')
  const conditions = tags.flatMap(tag => [
    [`aws:ResourceTag/${tag.Key}`, tag.Value],
    [`iam:ResourceTag/${tag.Key}`, tag.Value],
  ])
  return { arn: row?.arn ?? `arn:aws:iam::${ctx.account}:${kind}/${name}`, conditions: Object.fromEntries(conditions) }
}

function requestConditions(input: Fields): Record<string, string | string[]> {
  const tags = (input.Tags ?? []) as Tag[]
  const keys = (input.TagKeys as string[] | undefined) ?? (input.Tags ? tags.map(tag => tag.Key) : undefined)
  return {
    ...Object.fromEntries(tags.map(tag => [`aws:RequestTag/${tag.Key}`, tag.Value])),
    ...(keys && { 'aws:TagKeys': keys }),
    ...(typeof input.PermissionsBoundary === 'string' && { 'iam:PermissionsBoundary': input.PermissionsBoundary }),
    ...(typeof input.PolicyArn === 'string' && { 'iam:PolicyARN': input.PolicyArn }),
  }
}
