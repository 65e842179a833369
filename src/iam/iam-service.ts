import type * as Sdk from '@aws-sdk/client-iam'
import type { Operation } from '../service/operation.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import * as absentCredential from './absent-credential.ts'
import * as accessKey from './access-key.ts'
import * as accessKeyUse from './access-key-use.ts'
import * as accountAlias from './account-alias.ts'
import * as accountSummary from './account-summary.ts'
import * as authorizationDetails from './authorization-details.ts'
import * as contextKeys from './context-keys.ts'
import * as group from './group.ts'
import type { IamEngine } from './iam.ts'
import { iamAccess } from './iam-access.ts'
import type { IamServiceParts } from './iam-operation.ts'
import * as tag from './iam-tag.ts'
import * as identityPolicy from './identity-policy.ts'
import * as instanceProfile from './instance-profile.ts'
import * as loginProfile from './login-profile.ts'
import * as managedPolicy from './managed-policy.ts'
import type { OpenIdDocuments } from './open-id-document.ts'
import * as openIdProvider from './open-id-provider.ts'
import * as passwordPolicy from './password-policy.ts'
import * as permissionsBoundary from './permissions-boundary.ts'
import * as policyEntities from './policy-entities.ts'
import * as role from './role.ts'
import * as serviceLinkedRole from './service-linked-role.ts'
import * as simulation from './simulate.ts'
import * as user from './user.ts'

type IamApi = SdkApi<typeof Sdk>
type IamOperations = Parameters<typeof allAsk<IamApi, IamServiceParts>>[1]

const operations: IamOperations = {
  AddClientIDToOpenIDConnectProvider: openIdProvider.addClientIDToOpenIDConnectProvider,
  AddRoleToInstanceProfile: instanceProfile.addRoleToInstanceProfile,
  AddUserToGroup: group.addUserToGroup,
  AttachGroupPolicy: identityPolicy.attachGroupPolicy,
  AttachRolePolicy: identityPolicy.attachRolePolicy,
  AttachUserPolicy: identityPolicy.attachUserPolicy,
  ChangePassword: loginProfile.changePassword,
  CreateAccessKey: accessKey.createAccessKey,
  CreateAccountAlias: accountAlias.createAccountAlias,
  CreateGroup: group.createGroup,
  CreateInstanceProfile: instanceProfile.createInstanceProfile,
  CreateLoginProfile: loginProfile.createLoginProfile,
  CreateOpenIDConnectProvider: openIdProvider.createOpenIDConnectProvider,
  CreatePolicy: managedPolicy.createPolicy,
  CreatePolicyVersion: managedPolicy.createPolicyVersion,
  CreateRole: role.createRole,
  CreateServiceLinkedRole: serviceLinkedRole.createServiceLinkedRole,
  CreateUser: user.createUser,
  DeleteAccessKey: accessKey.deleteAccessKey,
  DeleteAccountAlias: accountAlias.deleteAccountAlias,
  DeleteAccountPasswordPolicy: passwordPolicy.deleteAccountPasswordPolicy,
  DeleteGroup: group.deleteGroup,
  DeleteGroupPolicy: identityPolicy.deleteGroupPolicy,
  DeleteInstanceProfile: instanceProfile.deleteInstanceProfile,
  DeleteLoginProfile: loginProfile.deleteLoginProfile,
  DeleteOpenIDConnectProvider: openIdProvider.deleteOpenIDConnectProvider,
  DeletePolicy: managedPolicy.deletePolicy,
  DeletePolicyVersion: managedPolicy.deletePolicyVersion,
  DeleteRole: role.deleteRole,
  DeleteRolePermissionsBoundary: permissionsBoundary.deleteRolePermissionsBoundary,
  DeleteRolePolicy: identityPolicy.deleteRolePolicy,
  DeleteServiceLinkedRole: serviceLinkedRole.deleteServiceLinkedRole,
  DeleteUser: user.deleteUser,
  DeleteUserPermissionsBoundary: permissionsBoundary.deleteUserPermissionsBoundary,
  DeleteUserPolicy: identityPolicy.deleteUserPolicy,
  DetachGroupPolicy: identityPolicy.detachGroupPolicy,
  DetachRolePolicy: identityPolicy.detachRolePolicy,
  DetachUserPolicy: identityPolicy.detachUserPolicy,
  GetAccessKeyLastUsed: accessKeyUse.getAccessKeyLastUsed,
  GetAccountAuthorizationDetails: authorizationDetails.getAccountAuthorizationDetails,
  GetAccountPasswordPolicy: passwordPolicy.getAccountPasswordPolicy,
  GetAccountSummary: accountSummary.getAccountSummary,
  GetContextKeysForCustomPolicy: contextKeys.getContextKeysForCustomPolicy,
  GetContextKeysForPrincipalPolicy: contextKeys.getContextKeysForPrincipalPolicy,
  GetGroup: group.getGroup,
  GetGroupPolicy: identityPolicy.getGroupPolicy,
  GetInstanceProfile: instanceProfile.getInstanceProfile,
  GetLoginProfile: loginProfile.getLoginProfile,
  GetOpenIDConnectProvider: openIdProvider.getOpenIDConnectProvider,
  GetPolicy: managedPolicy.getPolicy,
  GetPolicyVersion: managedPolicy.getPolicyVersion,
  GetRole: role.getRole,
  GetRolePolicy: identityPolicy.getRolePolicy,
  GetServiceLinkedRoleDeletionStatus: serviceLinkedRole.getServiceLinkedRoleDeletionStatus,
  GetUser: user.getUser,
  GetUserPolicy: identityPolicy.getUserPolicy,
  ListAccessKeys: accessKey.listAccessKeys,
  ListAccountAliases: accountAlias.listAccountAliases,
  ListAttachedGroupPolicies: identityPolicy.listAttachedGroupPolicies,
  ListAttachedRolePolicies: identityPolicy.listAttachedRolePolicies,
  ListAttachedUserPolicies: identityPolicy.listAttachedUserPolicies,
  ListEntitiesForPolicy: policyEntities.listEntitiesForPolicy,
  ListGroupPolicies: identityPolicy.listGroupPolicies,
  ListGroups: group.listGroups,
  ListGroupsForUser: group.listGroupsForUser,
  ListInstanceProfiles: instanceProfile.listInstanceProfiles,
  ListInstanceProfilesForRole: instanceProfile.listInstanceProfilesForRole,
  ListMFADevices: absentCredential.listMfaDevices,
  ListOpenIDConnectProviderTags: openIdProvider.listOpenIDConnectProviderTags,
  ListOpenIDConnectProviders: openIdProvider.listOpenIDConnectProviders,
  ListPolicies: managedPolicy.listPolicies,
  ListPolicyTags: tag.listPolicyTags,
  ListPolicyVersions: managedPolicy.listPolicyVersions,
  ListRolePolicies: identityPolicy.listRolePolicies,
  ListRoleTags: tag.listRoleTags,
  ListRoles: role.listRoles,
  ListSSHPublicKeys: absentCredential.listSSHPublicKeys,
  ListServiceSpecificCredentials: absentCredential.listServiceSpecificCredentials,
  ListSigningCertificates: absentCredential.listSigningCertificates,
  ListUserPolicies: identityPolicy.listUserPolicies,
  ListUserTags: tag.listUserTags,
  ListUsers: user.listUsers,
  ListVirtualMFADevices: absentCredential.listVirtualMfaDevices,
  PutGroupPolicy: identityPolicy.putGroupPolicy,
  PutRolePermissionsBoundary: permissionsBoundary.putRolePermissionsBoundary,
  PutRolePolicy: identityPolicy.putRolePolicy,
  PutUserPermissionsBoundary: permissionsBoundary.putUserPermissionsBoundary,
  PutUserPolicy: identityPolicy.putUserPolicy,
  RemoveClientIDFromOpenIDConnectProvider: openIdProvider.removeClientIDFromOpenIDConnectProvider,
  RemoveRoleFromInstanceProfile: instanceProfile.removeRoleFromInstanceProfile,
  RemoveUserFromGroup: group.removeUserFromGroup,
  SetDefaultPolicyVersion: managedPolicy.setDefaultPolicyVersion,
  SimulateCustomPolicy: simulation.simulateCustomPolicy,
  SimulatePrincipalPolicy: simulation.simulatePrincipalPolicy,
  TagOpenIDConnectProvider: openIdProvider.tagOpenIDConnectProvider,
  TagPolicy: tag.tagPolicy,
  TagRole: tag.tagRole,
  TagUser: tag.tagUser,
  UntagOpenIDConnectProvider: openIdProvider.untagOpenIDConnectProvider,
  UntagPolicy: tag.untagPolicy,
  UntagRole: tag.untagRole,
  UntagUser: tag.untagUser,
  UpdateAccessKey: accessKey.updateAccessKey,
  UpdateAccountPasswordPolicy: passwordPolicy.updateAccountPasswordPolicy,
  UpdateAssumeRolePolicy: role.updateAssumeRolePolicy,
  UpdateGroup: group.updateGroup,
  UpdateLoginProfile: loginProfile.updateLoginProfile,
  UpdateOpenIDConnectProviderThumbprint: openIdProvider.updateOpenIDConnectProviderThumbprint,
  UpdateRole: role.updateRole,
  UpdateRoleDescription: role.updateRoleDescription,
  UpdateUser: user.updateUser,
}

/** IAM's API. What it changes is in force with the next request. */
export const createIamService = (iam: IamEngine, openIdDocuments: OpenIdDocuments): Service =>
  service<IamApi, IamServiceParts>({
    model: 'iam',
    parts: () => ({ rootSecret: iam.rootSecret, openIdDocuments }),
    operations: allAsk<IamApi, IamServiceParts>(iamAccess, noticed(iam, operations)),
  })

/** The same operations; what is remembered of identities is forgotten after each that changes some. */
function noticed(iam: IamEngine, all: IamOperations): IamOperations {
  const isReading = (name: string) => /^(Get|List|Simulate)/.test(name)
  const named = Object.entries(all).map(([name, run]) => [name, isReading(name) ? run : changing(iam, run)])
  return Object.fromEntries(named)
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes
type AnyOperation = Operation<any, any, IamServiceParts>

const changing =
  (iam: IamEngine, operation: AnyOperation): AnyOperation =>
  async (input, ctx) => {
    try {
      return await operation(input, ctx)
    } finally {
      await iam.changed()
    }
  }
