import { describeExtras, encodeDocument, type IdentityRow } from './identity-row.ts'

/** A user as answers hold it. */
export const describeUser = (row: IdentityRow) => ({
  Path: row.path,
  UserName: row.name,
  UserId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
  ...describeExtras(row),
})

/** Lists leave out tags and boundaries (IAM API Reference, ListUsers). */
export const describeListedUser = (row: IdentityRow) => describeUser({ ...row, tags: '[]', boundary: '' })

/** Lists leave out tags, boundaries and the last use (IAM API Reference, ListRoles). */
export const describeListedRole = (row: IdentityRow) => ({
  ...describeRole({ ...row, tags: '[]', boundary: '' }),
  MaxSessionDuration: row.max_session,
})

/** A role as answers hold it. */
export const describeRole = (row: IdentityRow) => ({
  Path: row.path,
  RoleName: row.name,
  RoleId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
  AssumeRolePolicyDocument: encodeDocument(row.trust_policy),
  ...(row.description !== '' && { Description: row.description }),
  ...describeExtras(row),
})

/** When and where a role was last used; empty for never. */
export const describeRoleUse = (row: IdentityRow) =>
  row.last_used > 0 ? { LastUsedDate: new Date(row.last_used), Region: row.last_region } : {}
