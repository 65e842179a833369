import { quotas } from '../quotas/quotas.ts'
import type { Op } from './iam-operation.ts'

/** How much of IAM the account uses, and how much it may. What is not served here is none. */
export const getAccountSummary: Op<'GetAccountSummary'> = async (_, { store: { db }, account }) => {
  const { count } = db.fn
  const kinds = await db
    .selectFrom('iam_identity')
    .select(['kind', count<number>('id').as('found')])
    .where('account', '=', account)
    .groupBy('kind')
    .execute()
  const of = (kind: string) => Number(kinds.find(row => row.kind === kind)?.found ?? 0)
  const policies = await db
    .selectFrom('iam_policy')
    .leftJoin('iam_policy_version', 'iam_policy_version.policy_arn', 'iam_policy.arn')
    .select([count<number>('iam_policy.arn').distinct().as('found'), count<number>('version').as('versions')])
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  const rootKey = db.selectFrom('iam_access_key').select('id').where('account', '=', account).where('identity', '=', '')
  const providers = db.selectFrom('iam_open_id_provider').select(count<number>('arn').as('found'))
  const used = {
    Users: of('user'),
    Groups: of('group'),
    Roles: of('role'),
    InstanceProfiles: of('instance-profile'),
    Policies: Number(policies.found),
    PolicyVersionsInUse: Number(policies.versions),
    Providers: Number((await providers.where('account', '=', account).executeTakeFirstOrThrow()).found),
    AccountAccessKeysPresent: (await rootKey.executeTakeFirst()) ? 1 : 0,
  }
  return { SummaryMap: { ...used, ...allowed, ...absent } }
}

const allowed = {
  UsersQuota: quotas.iam.users.value,
  GroupsQuota: quotas.iam.groups.value,
  RolesQuota: quotas.iam.roles.value,
  InstanceProfilesQuota: quotas.iam.instanceProfiles.value,
  PoliciesQuota: quotas.iam.policies.value,
  PolicyVersionsInUseQuota: quotas.iam.policies.value * quotas.iam.policyVersions.value,
  GroupsPerUserQuota: quotas.iam.groupsOfUser.value,
  AccessKeysPerUserQuota: quotas.iam.accessKeysOfUser.value,
  AttachedPoliciesPerUserQuota: quotas.iam.policiesOfUser.value,
  AttachedPoliciesPerGroupQuota: quotas.iam.policiesOfGroup.value,
  AttachedPoliciesPerRoleQuota: quotas.iam.policiesOfRole.value,
  VersionsPerPolicyQuota: quotas.iam.policyVersions.value,
  UserPolicySizeQuota: quotas.iam.userPolicySize.value,
  GroupPolicySizeQuota: quotas.iam.groupPolicySize.value,
  RolePolicySizeQuota: quotas.iam.rolePolicySize.value,
  PolicySizeQuota: quotas.iam.policySize.value,
  AssumeRolePolicySizeQuota: quotas.iam.trustPolicySize.value,
  GlobalEndpointTokenVersion: 1,
}

const absent = {
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  ServerCertificates: 0,
  ServerCertificatesQuota: 0,
  SigningCertificatesPerUserQuota: 0,
}
