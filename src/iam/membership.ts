import type { Transaction } from '../store/store.ts'
import type { IdentityRow } from './identity-row.ts'

type Database = Pick<Transaction, 'db'>

/** The users of a group, or the role of an instance profile, by name. */
export const membersOf = ({ db }: Database, container: string): Promise<IdentityRow[]> =>
  db
    .selectFrom('iam_membership')
    .innerJoin('iam_identity', 'iam_identity.id', 'iam_membership.member')
    .selectAll('iam_identity')
    .where('container', '=', container)
    .orderBy('name_key')
    .execute()

/** The groups of a user, or the instance profiles of a role, by name. */
export const containersOf = ({ db }: Database, member: string): Promise<IdentityRow[]> =>
  db
    .selectFrom('iam_membership')
    .innerJoin('iam_identity', 'iam_identity.id', 'iam_membership.container')
    .selectAll('iam_identity')
    .where('member', '=', member)
    .orderBy('name_key')
    .execute()

/** A member that is there already stays. */
export async function addMember({ db }: Database, container: string, member: string): Promise<void> {
  await db
    .insertInto('iam_membership')
    .values({ container, member })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** False when it was none. */
export async function removeMember({ db }: Database, container: string, member: string): Promise<boolean> {
  const gone = db.deleteFrom('iam_membership').where('container', '=', container).where('member', '=', member)
  return Number((await gone.executeTakeFirstOrThrow()).numDeletedRows) > 0
}
