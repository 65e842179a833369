import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsForUserCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
} from '@aws-sdk/client-iam'
import { iam } from '../api/iam.ts'

/** IAM is one for all regions. */
export const client = () => iam('us-east-1')

export interface Identity {
  readonly arn: string
  readonly path: string
  readonly created: Date | undefined
  readonly description?: string | undefined
  /** A role's: who may take it. */
  readonly trust?: string | undefined
  /** A group's users. */
  readonly members?: readonly string[]
  /** A user's groups. */
  readonly groups?: readonly string[]
}

interface AttachedPolicies {
  readonly AttachedPolicies?: readonly { readonly PolicyName?: string; readonly PolicyArn?: string }[]
}

interface Operations {
  read(name: string): Promise<Identity>
  attached(name: string): Promise<AttachedPolicies>
  inlineNames(name: string): Promise<{ readonly PolicyNames?: string[] | undefined }>
  inline(name: string, policy: string): Promise<{ readonly PolicyDocument?: string | undefined }>
  attach(name: string, PolicyArn: string): Promise<unknown>
  detach(name: string, PolicyArn: string): Promise<unknown>
  remove(name: string): Promise<unknown>
}

export type IdentityKind = 'user' | 'group' | 'role'

/** So many policies and members are looked at; IAM's own limits are lower. */
const MaxItems = 1000

const user: Operations = {
  async read(UserName) {
    const [{ User }, { Groups = [] }] = await Promise.all([
      client().send(new GetUserCommand({ UserName })),
      client().send(new ListGroupsForUserCommand({ UserName, MaxItems })),
    ])
    const groups = Groups.map(({ GroupName = '' }) => GroupName)
    return { arn: User?.Arn ?? '', path: User?.Path ?? '', created: User?.CreateDate, groups }
  },
  attached: UserName => client().send(new ListAttachedUserPoliciesCommand({ UserName, MaxItems })),
  inlineNames: UserName => client().send(new ListUserPoliciesCommand({ UserName, MaxItems })),
  inline: (UserName, PolicyName) => client().send(new GetUserPolicyCommand({ UserName, PolicyName })),
  attach: (UserName, PolicyArn) => client().send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
  detach: (UserName, PolicyArn) => client().send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
  remove: UserName => client().send(new DeleteUserCommand({ UserName })),
}

const group: Operations = {
  async read(GroupName) {
    const { Group, Users = [] } = await client().send(new GetGroupCommand({ GroupName, MaxItems }))
    const members = Users.map(({ UserName = '' }) => UserName)
    return { arn: Group?.Arn ?? '', path: Group?.Path ?? '', created: Group?.CreateDate, members }
  },
  attached: GroupName => client().send(new ListAttachedGroupPoliciesCommand({ GroupName, MaxItems })),
  inlineNames: GroupName => client().send(new ListGroupPoliciesCommand({ GroupName, MaxItems })),
  inline: (GroupName, PolicyName) => client().send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
  attach: (GroupName, PolicyArn) => client().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn })),
  detach: (GroupName, PolicyArn) => client().send(new DetachGroupPolicyCommand({ GroupName, PolicyArn })),
  remove: GroupName => client().send(new DeleteGroupCommand({ GroupName })),
}

const role: Operations = {
  async read(RoleName) {
    const { Role } = await client().send(new GetRoleCommand({ RoleName }))
    const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
    const { Arn = '', Path = '', CreateDate, Description } = Role ?? {}
    return { arn: Arn, path: Path, created: CreateDate, description: Description, trust }
  },
  attached: RoleName => client().send(new ListAttachedRolePoliciesCommand({ RoleName, MaxItems })),
  inlineNames: RoleName => client().send(new ListRolePoliciesCommand({ RoleName, MaxItems })),
  inline: (RoleName, PolicyName) => client().send(new GetRolePolicyCommand({ RoleName, PolicyName })),
  attach: (RoleName, PolicyArn) => client().send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
  detach: (RoleName, PolicyArn) => client().send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  remove: RoleName => client().send(new DeleteRoleCommand({ RoleName })),
}

/** What IAM calls by another name for each kind of identity, and does alike. */
export const operationsOf: Readonly<Record<IdentityKind, Operations>> = { user, group, role }

export interface GrantedPolicy {
  readonly name: string
  /** Absent of inline policies. */
  readonly arn?: string | undefined
  /** Of inline policies. */
  readonly document?: string | undefined
}

/** An identity, and what is attached to it and written into it. */
export async function readIdentity(kind: IdentityKind, name: string) {
  const operations = operationsOf[kind]
  const [identity, { AttachedPolicies = [] }, { PolicyNames = [] }] = await Promise.all([
    operations.read(name),
    operations.attached(name),
    operations.inlineNames(name),
  ])
  const inline = await Promise.all(
    PolicyNames.map(async policy => ({
      name: policy,
      document: decodeURIComponent((await operations.inline(name, policy)).PolicyDocument ?? ''),
    })),
  )
  const attached = AttachedPolicies.map(({ PolicyName = '', PolicyArn }) => ({ name: PolicyName, arn: PolicyArn }))
  return { identity, policies: [...attached, ...inline] as readonly GrantedPolicy[] }
}

export const addToGroup = (UserName: string, GroupName: string) =>
  client().send(new AddUserToGroupCommand({ UserName, GroupName }))
