import { quotas } from '../quotas/quotas.ts'
import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'

const mostOf = {
  user: ['UsersPerAccount', quotas.iam.users.value],
  group: ['GroupsPerAccount', quotas.iam.groups.value],
  role: ['RolesPerAccount', quotas.iam.roles.value],
  'instance-profile': ['InstanceProfilesPerAccount', quotas.iam.instanceProfiles.value],
} as const

/** Throws LimitExceeded when the account has as many as it may have. */
export async function requireRoom(
  { db }: Pick<Transaction, 'db'>,
  account: string,
  kind: keyof typeof mostOf,
): Promise<void> {
  const [name, most] = mostOf[kind]
  const rows = db.selectFrom('iam_identity').select('id').where('account', '=', account).where('kind', '=', kind)
  if (
    await rows
      .limit(1)
      .offset(most - 1)
      .executeTakeFirst()
  )
    throw iamError.quota(name, most)
}
