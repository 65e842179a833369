import type { Op } from './iam-operation.ts'
import { pageAmong } from './iam-page.ts'
import { findPolicy } from './policy-row.ts'

/** Users, groups and roles that a policy is attached to, or that it bounds. */
export const listEntitiesForPolicy: Op<'ListEntitiesForPolicy'> = async (input, ctx) => {
  const { EntityFilter: filter, PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input
  const { arn } = await findPolicy(ctx.store, ctx, input.PolicyArn)
  const { db } = ctx.store
  const attached = db
    .selectFrom('iam_attachment')
    .innerJoin('iam_identity', 'iam_identity.id', 'iam_attachment.identity')
    .selectAll('iam_identity')
    .where('policy_arn', '=', arn)
    .where('account', '=', ctx.account)
  const bounded = db
    .selectFrom('iam_identity')
    .selectAll()
    .where('boundary', '=', arn)
    .where('account', '=', ctx.account)
  const found = [
    ...(usage === 'PermissionsBoundary' ? [] : await attached.execute()),
    ...(usage === 'PermissionsPolicy' ? [] : await bounded.execute()),
  ]
  const once = [...new Map(found.map(row => [row.id, row])).values()]
  const wanted = once.filter(
    row => row.path.startsWith(prefix) && (filter === undefined || filter.toLowerCase() === row.kind),
  )
  const { items, more } = await pageAmong('ListEntitiesForPolicy', input, ctx, wanted, row => row.kind + row.name_key)
  const of = (kind: string) => items.filter(row => row.kind === kind)
  return {
    PolicyGroups: of('group').map(row => ({ GroupName: row.name, GroupId: row.id })),
    PolicyUsers: of('user').map(row => ({ UserName: row.name, UserId: row.id })),
    PolicyRoles: of('role').map(row => ({ RoleName: row.name, RoleId: row.id })),
    ...more,
  }
}
