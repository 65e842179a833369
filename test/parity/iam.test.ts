import assert from 'node:assert/strict'
import { IAM, paginateListUsers } from '@aws-sdk/client-iam'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('IAM')
const reference = verified('IAM API Reference')

const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

parity(
  'PutRolePolicy GetRolePolicy ListRolePolicies DeleteRolePolicy AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy ListInstanceProfilesForRole',
  reference,
  'policies of a role, inline and attached',
  async () => {
    const { iam } = at.owner
    const RoleName = 'Parity'
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    await iam.putRolePolicy({ RoleName, PolicyName: 'inline', PolicyDocument: document('s3:*') })
    const { PolicyDocument } = await iam.getRolePolicy({ RoleName, PolicyName: 'inline' })
    assert.equal(decodeURIComponent(PolicyDocument ?? ''), document('s3:*'))
    assert.deepEqual((await iam.listRolePolicies({ RoleName })).PolicyNames, ['inline'])
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
    await iam.attachRolePolicy({ RoleName, PolicyArn })
    const attached = await iam.listAttachedRolePolicies({ RoleName })
    assert.deepEqual(
      attached.AttachedPolicies?.map(policy => policy.PolicyArn),
      [PolicyArn],
    )
    await iam.detachRolePolicy({ RoleName, PolicyArn })
    assert.deepEqual((await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies, [])
    await refused(iam.detachRolePolicy({ RoleName, PolicyArn }), 'NoSuchEntityException', /AmazonS3ReadOnlyAccess/)
    assert.deepEqual((await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles, [])
    await refused(iam.deleteRole({ RoleName }), 'DeleteConflictException', /must delete policies first/)
    await iam.deleteRolePolicy({ RoleName, PolicyName: 'inline' })
    await refused(iam.getRolePolicy({ RoleName, PolicyName: 'inline' }), 'NoSuchEntityException', /inline/)
    await refused(iam.getRolePolicy({ RoleName, PolicyName: 'none' }), 'NoSuchEntityException', /none/)
  },
)

parity(
  'PutUserPolicy GetUserPolicy ListUserPolicies DeleteUserPolicy AttachUserPolicy ListAttachedUserPolicies DetachUserPolicy TagUser ListUserTags UntagUser ListGroupsForUser',
  reference,
  'policies and tags of a user',
  async () => {
    const { iam } = at.owner
    const UserName = 'parity'
    await iam.createUser({ UserName })
    await iam.putUserPolicy({ UserName, PolicyName: 'inline', PolicyDocument: document('ecr:*') })
    const { PolicyDocument } = await iam.getUserPolicy({ UserName, PolicyName: 'inline' })
    assert.equal(decodeURIComponent(PolicyDocument ?? ''), document('ecr:*'))
    assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, ['inline'])
    await iam.attachUserPolicy({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' })
    const { AttachedPolicies } = await iam.listAttachedUserPolicies({ UserName })
    assert.deepEqual(
      AttachedPolicies?.map(({ PolicyName }) => PolicyName),
      ['AmazonS3ReadOnlyAccess'],
    )
    await refused(iam.deleteUser({ UserName }), 'DeleteConflictException', /must (delete|detach)/)
    await iam.deleteUserPolicy({ UserName, PolicyName: 'inline' })
    await iam.detachUserPolicy({ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' })
    assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, [])
    await iam.tagUser({
      UserName,
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'c', Value: 'd' },
      ],
    })
    await iam.untagUser({ UserName, TagKeys: ['a'] })
    assert.deepEqual((await iam.listUserTags({ UserName })).Tags, [{ Key: 'c', Value: 'd' }])
    assert.deepEqual((await iam.listGroupsForUser({ UserName })).Groups, [])
    await refused(at.stranger.iam.listGroupsForUser({ UserName }), 'NoSuchEntityException', /parity/)
  },
)

parity(
  'CreateUser GetUser ListUsers UpdateUser DeleteUser',
  reference,
  'a user is made, renamed and deleted, once',
  async () => {
    const { iam, id } = at.owner
    for (const UserName of ['life-a', 'life-b']) {
      const { User } = await iam.createUser({ UserName, Path: '/life/' })
      assert.equal(User?.Arn, `arn:aws:iam::${id}:user/life/${UserName}`)
      assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
    }
    const taken = /User with name life-a already exists/
    await refused(iam.createUser({ UserName: 'life-a' }), 'EntityAlreadyExistsException', taken)
    const names: (string | undefined)[] = []
    for await (const { Users } of paginateListUsers({ client: iam, pageSize: 1 }, { PathPrefix: '/life/' }))
      names.push(...(Users ?? []).map(({ UserName }) => UserName))
    assert.deepEqual(names, ['life-a', 'life-b'])
    const first = await iam.listUsers({ PathPrefix: '/life/', MaxItems: 1 })
    assert.equal(first.IsTruncated, true)
    const forged = { PathPrefix: '/life/', MaxItems: 1, Marker: `${first.Marker?.slice(0, -3)}AAA` }
    await assert.rejects(iam.listUsers(forged), /[Mm]arker/)
    await assert.rejects(
      at.stranger.iam.listUsers({ PathPrefix: '/life/', MaxItems: 1, Marker: first.Marker }),
      /[Mm]arker/,
    )
    await iam.updateUser({ UserName: 'life-a', NewUserName: 'life-c', NewPath: '/after/' })
    assert.equal((await iam.getUser({ UserName: 'life-c' })).User?.Path, '/after/')
    for (const UserName of ['life-b', 'life-c']) await iam.deleteUser({ UserName })
    await refused(
      iam.getUser({ UserName: 'life-a' }),
      'NoSuchEntityException',
      'The user with name life-a cannot be found.',
    )
    await refused(iam.getUser({ UserName: 'no such' }), 'ValidationError', /at 'userName' failed to satisfy constraint/)
  },
)

parity(
  'CreateAccessKey ListAccessKeys UpdateAccessKey GetAccessKeyLastUsed DeleteAccessKey',
  verified('IAM API Reference, and IAM and AWS STS quotas: two access keys a user'),
  'keys of a user',
  async () => {
    const { iam } = at.owner
    const UserName = 'keys'
    await iam.createUser({ UserName })
    const { AccessKey: key } = await iam.createAccessKey({ UserName })
    await iam.createAccessKey({ UserName })
    await refused(
      clientOf(IAM, at).createAccessKey({ UserName }),
      'LimitExceededException',
      /Cannot exceed quota for AccessKeysPerUser: 2/,
    )
    const AccessKeyId = key?.AccessKeyId ?? ''
    await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
    const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName })
    assert.deepEqual(AccessKeyMetadata?.map(({ Status }) => Status).sort(), ['Active', 'Inactive'])
    const { AccessKeyLastUsed, UserName: whose } = await iam.getAccessKeyLastUsed({ AccessKeyId })
    assert.deepEqual([whose, AccessKeyLastUsed?.ServiceName, AccessKeyLastUsed?.Region], [UserName, 'N/A', 'N/A'])
    await refused(iam.deleteUser({ UserName }), 'DeleteConflictException', /must delete access keys first/)
    await iam.deleteAccessKey({ UserName, AccessKeyId })
    await refused(iam.deleteAccessKey({ UserName, AccessKeyId }), 'NoSuchEntityException', /Access Key with id/)
  },
)

const trust = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  })

parity(
  'CreateRole GetRole ListRoles UpdateRole UpdateAssumeRolePolicy TagRole ListRoleTags UntagRole DeleteRole',
  reference,
  'a role and whom it trusts',
  async () => {
    const { iam, id } = at.owner
    const RoleName = 'life'
    const made = { RoleName, Path: '/life/', AssumeRolePolicyDocument: trust('sagemaker.amazonaws.com') }
    const { Role } = await iam.createRole(made)
    assert.equal(Role?.Arn, `arn:aws:iam::${id}:role/life/life`)
    await refused(iam.createRole(made), 'EntityAlreadyExistsException', 'Role with name life already exists.')
    await iam.updateRole({ RoleName, Description: 'after', MaxSessionDuration: 7200 })
    await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust('ecr.amazonaws.com') })
    const { Role: told } = await iam.getRole({ RoleName })
    assert.deepEqual([told?.Description, told?.MaxSessionDuration], ['after', 7200])
    assert.equal(decodeURIComponent(told?.AssumeRolePolicyDocument ?? ''), trust('ecr.amazonaws.com'))
    await refused(
      iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: document('s3:*') }),
      'MalformedPolicyDocumentException',
      'AssumeRole policy may only specify STS AssumeRole actions.',
    )
    const { Roles } = await iam.listRoles({ PathPrefix: '/life/' })
    assert.deepEqual(
      Roles?.map(role => role.RoleName),
      ['life'],
    )
    await iam.tagRole({ RoleName, Tags: [{ Key: 'a', Value: 'b' }] })
    assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [{ Key: 'a', Value: 'b' }])
    await iam.untagRole({ RoleName, TagKeys: ['a'] })
    assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [])
    await iam.deleteRole({ RoleName })
    await refused(iam.getRole({ RoleName }), 'NoSuchEntityException', 'The role with name life cannot be found.')
  },
)

parity(
  'GetUser',
  unverified('the texts of denials are as public issues show them'),
  'a denial says who, what and why',
  async () => {
    const { iam, id } = at.owner
    await iam.createUser({ UserName: 'powerless' })
    const { AccessKey: key } = await iam.createAccessKey({ UserName: 'powerless' })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    const arn = `arn:aws:iam::${id}:user/powerless`
    await refused(
      clientOf(IAM, at, { credentials }).getUser({}),
      'AccessDenied',
      `User: ${arn} is not authorized to perform: iam:GetUser on resource: ${arn} because no identity-based policy allows the iam:GetUser action`,
    )
  },
)
