import type * as Sdk from '@aws-sdk/client-iam'
import type { Context } from '../service/context.ts'
import type { Operation } from '../service/operation.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import * as accessKey from './access-key.ts'
import type { IamEngine } from './iam.ts'
import { iamAccess } from './iam-access.ts'
import * as tag from './iam-tag.ts'
import * as identityPolicy from './identity-policy.ts'
import * as managedPolicy from './managed-policy.ts'
import * as role from './role.ts'
import { simulatePrincipalPolicy } from './simulate.ts'
import * as user from './user.ts'

type IamApi = SdkApi<typeof Sdk>

/** IAM's API. What it changes is in force with the next request. */
export function createIamService(iam: IamEngine): Service {
  const { createUser, getUser, listUsers, updateUser, deleteUser, listGroupsForUser } = user
  const { refuseDeletion: _, ...roles } = role
  const all = {
    ...{ createUser, getUser, listUsers, updateUser, deleteUser, listGroupsForUser },
    ...roles,
    ...accessKey,
    createAccessKey: accessKey.createAccessKey(iam.rootSecret),
    ...identityPolicy,
    ...managedPolicy,
    ...tag,
    simulatePrincipalPolicy,
  }
  const named = Object.entries(all).map(([name, operation]) => [
    name[0]?.toUpperCase() + name.slice(1),
    /^(get|list|simulate)/.test(name) ? operation : changing(iam, operation),
  ])
  return service<IamApi>({
    model: 'iam',
    operations: allAsk<IamApi>((input, ctx, operation) => iamAccess(operation, input, ctx), Object.fromEntries(named)),
  })
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes
const changing = (iam: IamEngine, operation: Operation<any, any>) => async (input: unknown, ctx: Context) => {
  try {
    return await operation(input, ctx)
  } finally {
    iam.changed()
  }
}
