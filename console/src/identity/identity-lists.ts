import {
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  type Group,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
  type Policy,
  type Role,
  type User,
} from '@aws-sdk/client-iam'
import type { ListingAsk, ListingSource } from '../kit/use-listing.ts'
import { client } from './identity.ts'

const paging = ({ MaxResults, NextToken }: ListingAsk) => ({ MaxItems: MaxResults, Marker: NextToken })

interface Answer {
  readonly IsTruncated?: boolean | undefined
  readonly Marker?: string | undefined
}

/** IAM's lists are in the order of names; they neither find nor sort. */
const source = <Item>(
  kind: string,
  ask: (page: ReturnType<typeof paging>) => Promise<Answer & { items: readonly Item[] | undefined }>,
): ListingSource<Item> => ({
  kind,
  isInTransition: () => false,
  async fetch(listing) {
    const { items = [], IsTruncated, Marker } = await ask(paging(listing))
    return { items, nextToken: IsTruncated ? Marker : undefined }
  },
})

export const users = source<User>('users', async page => {
  const answer = await client().send(new ListUsersCommand(page))
  return { ...answer, items: answer.Users }
})

export const groups = source<Group>('groups', async page => {
  const answer = await client().send(new ListGroupsCommand(page))
  return { ...answer, items: answer.Groups }
})

export const roles = source<Role>('roles-list', async page => {
  const answer = await client().send(new ListRolesCommand(page))
  return { ...answer, items: answer.Roles }
})

/** Everybody's own; those of AWS are found where they are attached. */
export const policies = source<Policy>('policies', async page => {
  const answer = await client().send(new ListPoliciesCommand({ ...page, Scope: 'Local' }))
  return { ...answer, items: answer.Policies }
})

export const createUser = (UserName: string) => client().send(new CreateUserCommand({ UserName }))
export const createGroup = (GroupName: string) => client().send(new CreateGroupCommand({ GroupName }))
export const createPolicy = (PolicyName: string, PolicyDocument: string) =>
  client().send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))

/** A role that a service of AWS may take. */
export const serviceRole = (RoleName: string, Service: string) => ({
  RoleName,
  AssumeRolePolicyDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  }),
})

export const createServiceRole = (name: string, service: string) =>
  client().send(new CreateRoleCommand(serviceRole(name, service)))
