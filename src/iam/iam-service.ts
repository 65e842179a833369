import type * as Sdk from '@aws-sdk/client-iam'
import type { Operation } from '../service/operation.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import * as accessKey from './access-key.ts'
import { getAccessKeyLastUsed } from './access-key-use.ts'
import * as accountAlias from './account-alias.ts'
import * as accountSummary from './account-summary.ts'
import * as authorizationDetails from './authorization-details.ts'
import * as contextKeys from './context-keys.ts'
import * as group from './group.ts'
import type { IamEngine } from './iam.ts'
import { iamAccess } from './iam-access.ts'
import type { SecretParts } from './iam-operation.ts'
import * as tag from './iam-tag.ts'
import * as identityPolicy from './identity-policy.ts'
import * as instanceProfile from './instance-profile.ts'
import * as loginProfile from './login-profile.ts'
import * as managedPolicy from './managed-policy.ts'
import {
  deleteAccountPasswordPolicy,
  getAccountPasswordPolicy,
  updateAccountPasswordPolicy,
} from './password-policy.ts'
import * as permissionsBoundary from './permissions-boundary.ts'
import * as policyEntities from './policy-entities.ts'
import * as role from './role.ts'
import * as serviceLinkedRole from './service-linked-role.ts'
import * as simulation from './simulate.ts'
import * as user from './user.ts'

type IamApi = SdkApi<typeof Sdk>

/** IAM's API. What it changes is in force with the next request. */
export function createIamService(iam: IamEngine): Service {
  const { serviceLinkedRoleName: _, ...serviceLinkedRoles } = serviceLinkedRole
  const all = {
    ...user,
    ...group,
    ...role,
    ...serviceLinkedRoles,
    ...instanceProfile,
    ...permissionsBoundary,
    ...loginProfile,
    ...{ updateAccountPasswordPolicy, getAccountPasswordPolicy, deleteAccountPasswordPolicy },
    ...accessKey,
    getAccessKeyLastUsed,
    ...identityPolicy,
    ...managedPolicy,
    ...policyEntities,
    ...tag,
    ...simulation,
    ...contextKeys,
    ...accountAlias,
    ...accountSummary,
    ...authorizationDetails,
  }
  const named = Object.entries(all).map(([name, operation]) => [
    name[0]?.toUpperCase() + name.slice(1),
    /^(get|list|simulate)/.test(name) ? operation : changing(iam, operation),
  ])
  return service<IamApi, SecretParts>({
    model: 'iam',
    parts: () => ({ rootSecret: iam.rootSecret }),
    operations: allAsk<IamApi, SecretParts>(iamAccess, Object.fromEntries(named)),
  })
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes
type AnyOperation = Operation<any, any, SecretParts>

const changing =
  (iam: IamEngine, operation: AnyOperation): AnyOperation =>
  async (input, ctx) => {
    try {
      return await operation(input, ctx)
    } finally {
      iam.changed()
    }
  }
