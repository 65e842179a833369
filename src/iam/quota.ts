import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'

/** IAM User Guide, IAM and AWS STS quotas; where an account may ask AWS for more, the most that it gets. */
export const quotas = {
  users: 5000,
  groups: 300,
  roles: 5000,
  instanceProfiles: 5000,
  policies: 5000,
  openIdProviders: 100,
  clientIdsOfProvider: 100,
  thumbprintsOfProvider: 5,
  groupsOfUser: 10,
  accessKeysOfUser: 2,
  attachedPolicies: 20,
  policyVersions: 5,
  /** Characters, white space not counted: of all inline policies together, and of one policy. */
  userPolicySize: 2048,
  groupPolicySize: 5120,
  rolePolicySize: 10_240,
  policySize: 6144,
  trustPolicySize: 2048,
} as const

const mostOf = {
  user: ['UsersPerAccount', quotas.users],
  group: ['GroupsPerAccount', quotas.groups],
  role: ['RolesPerAccount', quotas.roles],
  'instance-profile': ['InstanceProfilesPerAccount', quotas.instanceProfiles],
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
