import assert from 'node:assert/strict'
import { IAM, paginateListGroups } from '@aws-sdk/client-iam'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('IAM')
const reference = verified('IAM API Reference')
const document = (Action: string, Effect = 'Allow') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] })
const trust = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  })
const s3Read = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'

/** A user and a client that signs with its key. */
async function userNamed(UserName: string) {
  const { iam } = at.owner
  const { User } = await iam.createUser({ UserName })
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
  return { user: User, client: clientOf(IAM, at, { credentials }) }
}

parity('CreateGroup GetGroup ListGroups UpdateGroup DeleteGroup', reference, 'a group and its name', async () => {
  const { iam, id } = at.owner
  for (const GroupName of ['life-a', 'life-b']) {
    const { Group } = await iam.createGroup({ GroupName, Path: '/life/' })
    assert.equal(Group?.Arn, `arn:aws:iam::${id}:group/life/${GroupName}`)
    assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/)
  }
  const taken = 'Group with name LIFE-A already exists.'
  await refused(iam.createGroup({ GroupName: 'LIFE-A' }), 'EntityAlreadyExistsException', taken)
  const names: (string | undefined)[] = []
  for await (const { Groups } of paginateListGroups({ client: iam, pageSize: 1 }, { PathPrefix: '/life/' }))
    names.push(...(Groups ?? []).map(({ GroupName }) => GroupName))
  assert.deepEqual(names, ['life-a', 'life-b'])
  await iam.updateGroup({ GroupName: 'life-a', NewGroupName: 'life-c', NewPath: '/after/' })
  assert.equal((await iam.getGroup({ GroupName: 'life-c' })).Group?.Arn, `arn:aws:iam::${id}:group/after/life-c`)
  await refused(
    iam.updateGroup({ GroupName: 'life-c', NewGroupName: 'life-b' }),
    'EntityAlreadyExistsException',
    'Group with name life-b already exists.',
  )
  for (const GroupName of ['life-b', 'life-c']) await iam.deleteGroup({ GroupName })
  const gone = 'The group with name life-a cannot be found.'
  await refused(iam.getGroup({ GroupName: 'life-a' }), 'NoSuchEntityException', gone)
  await refused(iam.deleteGroup({ GroupName: 'life-a' }), 'NoSuchEntityException', gone)
})

parity(
  'AddUserToGroup RemoveUserFromGroup ListGroupsForUser PutGroupPolicy GetGroupPolicy ListGroupPolicies DeleteGroupPolicy AttachGroupPolicy ListAttachedGroupPolicies DetachGroupPolicy',
  verified('IAM User Guide, IAM user groups'),
  'a user may do what its groups may, and no more once it has left',
  async () => {
    const { iam } = at.owner
    const GroupName = 'readers'
    await iam.createGroup({ GroupName })
    const { client, user } = await userNamed('reader')
    const UserName = 'reader'
    await refused(client.listUsers({}), 'AccessDenied', /no identity-based policy allows the iam:ListUsers action/)
    await iam.putGroupPolicy({ GroupName, PolicyName: 'inline', PolicyDocument: document('iam:ListUsers') })
    await iam.addUserToGroup({ GroupName, UserName })
    await iam.addUserToGroup({ GroupName, UserName })
    await client.listUsers({})
    const { EvaluationResults } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: user?.Arn,
      ActionNames: ['iam:ListUsers'],
    })
    assert.equal(EvaluationResults?.[0]?.MatchedStatements?.[0]?.SourcePolicyType, 'group')
    assert.deepEqual((await iam.listGroupPolicies({ GroupName })).PolicyNames, ['inline'])
    const { PolicyDocument = '' } = await iam.getGroupPolicy({ GroupName, PolicyName: 'inline' })
    assert.equal(decodeURIComponent(PolicyDocument), document('iam:ListUsers'))
    await iam.attachGroupPolicy({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
    assert.equal((await iam.listAttachedGroupPolicies({ GroupName })).AttachedPolicies?.length, 1)
    await client.listRoles({})
    const { Groups } = await iam.listGroupsForUser({ UserName })
    assert.deepEqual(
      Groups?.map(group => group.GroupName),
      [GroupName],
    )
    assert.deepEqual(
      (await iam.getGroup({ GroupName })).Users?.map(one => one.UserName),
      [UserName],
    )
    await refused(iam.deleteGroup({ GroupName }), 'DeleteConflictException', /must remove users from group first/)
    await refused(iam.deleteUser({ UserName }), 'DeleteConflictException', /must (delete access keys|remove users)/)
    await iam.removeUserFromGroup({ GroupName, UserName })
    await refused(client.listRoles({}), 'AccessDenied', /iam:ListRoles/)
    await refused(iam.removeUserFromGroup({ GroupName, UserName }), 'NoSuchEntityException', /not in group/)
    await refused(
      iam.addUserToGroup({ GroupName, UserName: 'nobody' }),
      'NoSuchEntityException',
      /user with name nobody/,
    )
    await refused(iam.deleteGroup({ GroupName }), 'DeleteConflictException', /must detach all policies first/)
    await iam.detachGroupPolicy({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
    await refused(iam.detachGroupPolicy({ GroupName, PolicyArn: s3Read }), 'NoSuchEntityException', /was not found/)
    await refused(
      iam.attachGroupPolicy({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/None' }),
      'NoSuchEntityException',
      /not attachable/,
    )
    await refused(
      iam.putGroupPolicy({ GroupName, PolicyName: 'bad', PolicyDocument: '{}' }),
      'MalformedPolicyDocumentException',
      'Syntax errors in policy.',
    )
    await iam.deleteGroupPolicy({ GroupName, PolicyName: 'inline' })
    const gone = 'The group policy with name inline cannot be found.'
    const named = { GroupName, PolicyName: 'inline' }
    await refused(iam.getGroupPolicy(named), 'NoSuchEntityException', gone)
    await refused(iam.deleteGroupPolicy(named), 'NoSuchEntityException', gone)
    await iam.deleteGroup({ GroupName })
  },
)

parity(
  'CreateInstanceProfile GetInstanceProfile ListInstanceProfiles ListInstanceProfilesForRole AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile',
  verified('IAM API Reference; IAM User Guide, Using instance profiles: one role each'),
  'an instance profile holds one role',
  async () => {
    const { iam, id } = at.owner
    const InstanceProfileName = 'machine'
    const { InstanceProfile: made } = await iam.createInstanceProfile({
      InstanceProfileName,
      Tags: [{ Key: 'a', Value: 'b' }],
    })
    assert.equal(made?.Arn, `arn:aws:iam::${id}:instance-profile/machine`)
    assert.match(made?.InstanceProfileId ?? '', /^AIPA/)
    const taken = 'Instance Profile machine already exists.'
    await refused(iam.createInstanceProfile({ InstanceProfileName }), 'EntityAlreadyExistsException', taken)
    for (const RoleName of ['first', 'second'])
      await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust('ec2.amazonaws.com') })
    await iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: 'first' })
    await refused(
      clientOf(IAM, at).addRoleToInstanceProfile({ InstanceProfileName, RoleName: 'second' }),
      'LimitExceededException',
      'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    )
    const { InstanceProfile } = await iam.getInstanceProfile({ InstanceProfileName })
    assert.deepEqual(
      [InstanceProfile?.Roles?.[0]?.RoleName, InstanceProfile?.Tags],
      ['first', [{ Key: 'a', Value: 'b' }]],
    )
    const { InstanceProfiles: ofRole } = await iam.listInstanceProfilesForRole({ RoleName: 'first' })
    const { InstanceProfiles: all } = await iam.listInstanceProfiles({})
    assert.deepEqual([ofRole?.[0]?.Arn, all?.length], [made?.Arn, 1])
    await refused(
      iam.deleteRole({ RoleName: 'first' }),
      'DeleteConflictException',
      /remove roles from instance profile/,
    )
    await refused(
      iam.deleteInstanceProfile({ InstanceProfileName }),
      'DeleteConflictException',
      /remove roles from instance profile/,
    )
    await iam.removeRoleFromInstanceProfile({ InstanceProfileName, RoleName: 'first' })
    await refused(
      iam.removeRoleFromInstanceProfile({ InstanceProfileName, RoleName: 'first' }),
      'NoSuchEntityException',
      /cannot be found/,
    )
    await iam.deleteInstanceProfile({ InstanceProfileName })
    const gone = 'Instance Profile machine cannot be found.'
    await refused(iam.getInstanceProfile({ InstanceProfileName }), 'NoSuchEntityException', gone)
  },
)

parity(
  'PutUserPermissionsBoundary DeleteUserPermissionsBoundary PutRolePermissionsBoundary DeleteRolePermissionsBoundary',
  verified('IAM User Guide, Permissions boundaries for IAM entities'),
  'what bounds a user or role is in force at once',
  async () => {
    const { iam } = at.owner
    const { client } = await userNamed('bounded')
    const UserName = 'bounded'
    await iam.attachUserPolicy({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
    await client.listUsers({})
    await iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary: s3Read })
    await refused(client.listUsers({}), 'AccessDenied', /no permissions boundary allows the iam:ListUsers action/)
    await iam.deleteUserPermissionsBoundary({ UserName })
    await client.listUsers({})
    await refused(iam.deleteUserPermissionsBoundary({ UserName }), 'NoSuchEntityException', /permissions boundary/)
    const absent = { PermissionsBoundary: 'arn:aws:iam::aws:policy/None' }
    await refused(iam.putUserPermissionsBoundary({ UserName, ...absent }), 'NoSuchEntityException', /not attachable/)
    const RoleName = 'bounded'
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust('ec2.amazonaws.com') })
    await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: s3Read })
    assert.equal((await iam.getRole({ RoleName })).Role?.PermissionsBoundary?.PermissionsBoundaryArn, s3Read)
    await iam.deleteRolePermissionsBoundary({ RoleName })
    assert.equal((await iam.getRole({ RoleName })).Role?.PermissionsBoundary, undefined)
    await refused(iam.deleteRolePermissionsBoundary({ RoleName }), 'NoSuchEntityException', /permissions boundary/)
    await refused(iam.putRolePermissionsBoundary({ RoleName, ...absent }), 'NoSuchEntityException', /not attachable/)
  },
)

parity(
  'CreateServiceLinkedRole DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus UpdateRoleDescription',
  verified('IAM User Guide, Create a service-linked role; Application Auto Scaling User Guide, Service-linked roles'),
  'a role that belongs to a service',
  async () => {
    const { iam, id } = at.owner
    const AWSServiceName = 'sagemaker.application-autoscaling.amazonaws.com'
    const { Role } = await iam.createServiceLinkedRole({ AWSServiceName, Description: 'scales' })
    const RoleName = 'AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint'
    assert.equal(Role?.Arn, `arn:aws:iam::${id}:role/aws-service-role/${AWSServiceName}/${RoleName}`)
    const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName })
    assert.equal(AttachedPolicies?.[0]?.PolicyName, 'AWSApplicationAutoscalingSageMakerEndpointPolicy')
    await refused(
      iam.createServiceLinkedRole({ AWSServiceName }),
      'InvalidInputException',
      /has been taken in this account/,
    )
    await refused(
      iam.createServiceLinkedRole({ AWSServiceName: 'x.amazonaws.com' }),
      'InvalidInputException',
      /x\.amazon/,
    )
    await refused(
      iam.attachRolePolicy({ RoleName, PolicyArn: s3Read }),
      'UnmodifiableEntityException',
      `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
    )
    await refused(iam.deleteRole({ RoleName }), 'UnmodifiableEntityException', /protected role/)
    await refused(
      iam.updateRole({ RoleName, MaxSessionDuration: 7200 }),
      'UnmodifiableEntityException',
      /protected role/,
    )
    await iam.updateRole({ RoleName, Description: 'is told anew' })
    await iam.tagRole({ RoleName, Tags: [{ Key: 'team', Value: 'ml' }] })
    const tagged = await iam.getRole({ RoleName })
    assert.deepEqual([tagged.Role?.Description, tagged.Role?.Tags], ['is told anew', [{ Key: 'team', Value: 'ml' }]])
    await iam.untagRole({ RoleName, TagKeys: ['team'] })
    const { Role: described } = await iam.updateRoleDescription({ RoleName, Description: 'scales endpoints' })
    assert.equal(described?.Description, 'scales endpoints')
    await refused(
      iam.updateRoleDescription({ RoleName: 'nobody', Description: '' }),
      'NoSuchEntityException',
      'The role with name nobody cannot be found.',
    )
    const { DeletionTaskId } = await iam.deleteServiceLinkedRole({ RoleName })
    assert.match(DeletionTaskId ?? '', /^task\/aws-service-role\//)
    assert.equal((await iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId })).Status, 'SUCCEEDED')
    await refused(iam.deleteServiceLinkedRole({ RoleName }), 'NoSuchEntityException', /cannot be found/)
    await refused(
      iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: `${DeletionTaskId}x` }),
      'NoSuchEntityException',
      /deletion task/,
    )
  },
)
