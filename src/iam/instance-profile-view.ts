import type { Transaction } from '../store/store.ts'
import { describeExtras, type IdentityRow } from './identity-row.ts'
import { describeListedRole } from './identity-view.ts'
import { membersOf } from './membership.ts'

/** As lists tell them: without tags (IAM API Reference, ListInstanceProfiles). */
export const describeListedProfiles = (tx: Pick<Transaction, 'db'>, rows: readonly IdentityRow[]) =>
  Promise.all(rows.map(async row => describeProfile({ ...row, tags: '[]' }, await membersOf(tx, row.id))))

/** An instance profile as answers hold it. */
export const describeProfile = (row: IdentityRow, roles: readonly IdentityRow[]) => ({
  Path: row.path,
  InstanceProfileName: row.name,
  InstanceProfileId: row.id,
  Arn: row.arn,
  CreateDate: new Date(row.created),
  Roles: roles.map(describeListedRole),
  ...describeExtras(row),
})
