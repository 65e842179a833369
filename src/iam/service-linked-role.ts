import { randomness } from '../ground/randomness.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { findIdentity, insertIdentity, isServiceLinked, serviceLinkedPath } from './identity-row.ts'
import { describeRole } from './identity-view.ts'

/** Services that have such a role, its name and its policy (AWS services that work with IAM; each service's own guide). */
const services: Readonly<Record<string, { readonly role: string; readonly policy: string }>> = {
  'sagemaker.application-autoscaling.amazonaws.com': {
    role: 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
    policy: 'AWSApplicationAutoscalingSageMakerEndpointPolicy',
  },
  'replication.ecr.amazonaws.com': {
    role: 'AWSServiceRoleForECRReplication',
    policy: 'ECRReplicationServiceRolePolicy',
  },
  'pullthroughcache.ecr.amazonaws.com': {
    role: 'AWSServiceRoleForECRPullThroughCache',
    policy: 'AWSECRPullThroughCache_ServiceRolePolicy',
  },
  'license-management.marketplace.amazonaws.com': {
    role: 'AWSServiceRoleForMarketplaceLicenseManagement',
    policy: 'AWSMarketplaceLicenseManagementServiceRolePolicy',
  },
}

/** The name of the role that a service would get; undefined for a service that has none here. */
export const serviceLinkedRoleName = (service: string): string | undefined =>
  Object.hasOwn(services, service) ? services[service]?.role : undefined

export const createServiceLinkedRole: Op<'CreateServiceLinkedRole'> = (input, ctx) => {
  const { AWSServiceName: service, CustomSuffix: suffix, Description: description = '' } = input
  const known = Object.hasOwn(services, service) ? services[service] : undefined
  if (!known) throw iamError.invalid(`${service} is not a service that has a service-linked role here.`)
  if (suffix !== undefined) throw iamError.invalid(`Custom suffix is not allowed for ${service}`)
  const made = {
    kind: 'role' as const,
    name: known.role,
    path: `${serviceLinkedPath}${service}/`,
    boundary: undefined,
    tags: undefined,
    trust_policy: trustIn(service),
    description,
    max_session: 3600,
  }
  return ctx.store.transaction(async ({ db }) => {
    const taken = db
      .selectFrom('iam_identity')
      .select('id')
      .where('account', '=', ctx.account)
      .where('kind', '=', 'role')
    if (await taken.where('name_key', '=', known.role.toLowerCase()).executeTakeFirst())
      throw iamError.invalid(
        `Service role name ${known.role} has been taken in this account, please try a different suffix.`,
      )
    const row = await insertIdentity({ db }, ctx, made)
    const policy_arn = `arn:aws:iam::aws:policy${serviceLinkedPath}${known.policy}`
    await db.insertInto('iam_attachment').values({ identity: row.id, policy_arn }).execute()
    return { Role: describeRole(row) }
  })
}

/** Nothing here is done by such a role, so that it can always go: at once, and the task is done (IAM API Reference). */
export const deleteServiceLinkedRole: Op<'DeleteServiceLinkedRole'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, 'role', input.RoleName)
    if (!isServiceLinked(row)) throw iamError.invalid(`${row.name} is not a service-linked role.`)
    const id = `task${row.path}${row.name}/${randomness.uuid()}`
    await db.deleteFrom('iam_attachment').where('identity', '=', row.id).execute()
    await db.deleteFrom('iam_identity').where('id', '=', row.id).execute()
    await db.insertInto('iam_role_deletion').values({ id, account: ctx.account }).execute()
    return { DeletionTaskId: id }
  })

export const getServiceLinkedRoleDeletionStatus: Op<'GetServiceLinkedRoleDeletionStatus'> = async (input, ctx) => {
  const { DeletionTaskId: id } = input
  const row = ctx.store.db.selectFrom('iam_role_deletion').select('id').where('id', '=', id)
  if (!(await row.where('account', '=', ctx.account).executeTakeFirst())) throw iamError.noDeletion(id)
  return { Status: 'SUCCEEDED' as const }
}

const trustIn = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })
