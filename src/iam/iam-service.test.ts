// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIamFixture, policy, trust } from './iam.fixture.ts'

test('every modelled operation is served, and nothing else', async () => {
  const { iamService, stsService } = await openIamFixture()
  for (const { model, operations } of [iamService, stsService])
    assert.deepEqual(Object.keys(operations).toSorted(), Object.keys(model.operations).toSorted())
})

test('users: made, found in any case, renamed with their path, listed by page, deleted once empty', async () => {
  const { root, account } = await openIamFixture()
  const { User: made } = await root.iam('CreateUser', {
    UserName: 'Ann',
    Path: '/team/',
    Tags: [{ Key: 'a', Value: '1' }],
  })
  assert.equal(made.Arn, `arn:aws:iam::${account}:user/team/Ann`)
  assert.match(made.UserId, /^AIDA[A-Z2-7]{17}$/)
  await assert.rejects(root.iam('CreateUser', { UserName: 'ann' }), { code: 'EntityAlreadyExists' })
  assert.deepEqual((await root.iam('GetUser', { UserName: 'Ann' })).User, made)
  await root.iam('UpdateUser', { UserName: 'Ann', NewUserName: 'Anna', NewPath: '/' })
  assert.equal((await root.iam('GetUser', { UserName: 'Anna' })).User.Arn, `arn:aws:iam::${account}:user/Anna`)
  await assert.rejects(root.iam('GetUser', { UserName: 'Ann' }), { code: 'NoSuchEntity', status: 404 })

  for (const name of ['b', 'c']) await root.iam('CreateUser', { UserName: name, Path: '/x/' })
  const first = await root.iam('ListUsers', { MaxItems: 2 })
  assert.deepEqual([first.Users.map(nameOf), first.IsTruncated], [['Anna', 'b'], true])
  const second = await root.iam('ListUsers', { MaxItems: 2, Marker: first.Marker })
  assert.deepEqual([second.Users.map(nameOf), second.IsTruncated, second.Marker], [['c'], false, undefined])
  assert.deepEqual((await root.iam('ListUsers', { PathPrefix: '/x/' })).Users.map(nameOf), ['b', 'c'])
  await assert.rejects(root.iam('ListUsers', { PathPrefix: '/x/', Marker: first.Marker }), { code: 'ValidationError' })

  await root.iam('PutUserPolicy', { UserName: 'b', PolicyName: 'p', PolicyDocument: policy('s3:*') })
  await assert.rejects(root.iam('DeleteUser', { UserName: 'b' }), {
    code: 'DeleteConflict',
    message: /delete policies first/,
  })
  await root.iam('DeleteUserPolicy', { UserName: 'b', PolicyName: 'p' })
  await root.iam('CreateAccessKey', { UserName: 'b' })
  await assert.rejects(root.iam('DeleteUser', { UserName: 'b' }), { message: /delete access keys first/ })
  await root.iam('DeleteUser', { UserName: 'c' })
  await assert.rejects(root.iam('DeleteUser', { UserName: 'c' }), { code: 'NoSuchEntity' })
})

test('access keys: two at most, inactive ones do not count, changes are in force at once', async () => {
  const { root, engine, account } = await openIamFixture()
  await root.iam('CreateUser', { UserName: 'ann' })
  const { AccessKey: key } = await root.iam('CreateAccessKey', { UserName: 'ann' })
  const found = await engine.credential(key.AccessKeyId)
  assert.equal(found?.secretAccessKey, key.SecretAccessKey)
  assert.equal(found?.principal.arn, `arn:aws:iam::${account}:user/ann`)
  const named = { UserName: 'ann', AccessKeyId: key.AccessKeyId }
  await root.iam('UpdateAccessKey', { ...named, Status: 'Inactive' })
  assert.equal(await engine.credential(key.AccessKeyId), undefined)
  await root.iam('UpdateAccessKey', { ...named, Status: 'Active' })
  assert.ok(await engine.credential(key.AccessKeyId))
  await root.iam('CreateAccessKey', { UserName: 'ann' })
  await assert.rejects(root.iam('CreateAccessKey', { UserName: 'ann' }), { code: 'LimitExceeded' })
  assert.equal((await root.iam('ListAccessKeys', { UserName: 'ann' })).AccessKeyMetadata.length, 2)

  assert.equal((await root.iam('GetAccessKeyLastUsed', named)).AccessKeyLastUsed.ServiceName, 'N/A')
  await engine.noteUse(key.AccessKeyId, 's3', 'eu-west-1')
  const { AccessKeyLastUsed: use, UserName: user } = await root.iam('GetAccessKeyLastUsed', named)
  assert.deepEqual([use.ServiceName, use.Region, user], ['s3', 'eu-west-1', 'ann'])
  await root.iam('DeleteAccessKey', named)
  assert.equal(await engine.credential(key.AccessKeyId), undefined)
  await assert.rejects(root.iam('DeleteAccessKey', named), { code: 'NoSuchEntity', message: /Access Key with id AKIA/ })
})

test('a user may do what its policies allow, until they are taken away', async () => {
  const { root, userNamed, account } = await openIamFixture()
  const ann = await userNamed('ann')
  const arn = `arn:aws:iam::${account}:user/ann`
  const message = `User: ${arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${account}:user/ because no identity-based policy allows the iam:ListUsers action`
  await assert.rejects(ann.iam('ListUsers'), { code: 'AccessDenied', message })
  await root.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policy('iam:ListUsers') })
  assert.equal((await ann.iam('ListUsers')).Users.length, 1)
  await root.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'p' })
  await assert.rejects(ann.iam('ListUsers'), { message })
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' })
  assert.equal((await ann.iam('GetUser')).User.Arn, arn)
  await assert.rejects(ann.iam('CreateUser', { UserName: 'eve' }), { code: 'AccessDenied' })
})

test('a user made anew under an old name has none of its leave, nor do its old keys work', async () => {
  const { root, userNamed } = await openIamFixture()
  const old = await userNamed('ann')
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await old.iam('ListUsers')
  await root.iam('DetachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await root.iam('DeleteUser', { UserName: 'ann' })
  await root.iam('CreateUser', { UserName: 'ann' })
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await assert.rejects(old.iam('ListUsers'), { code: 'AccessDenied' })
})

test('roles: trust policies are checked, documents come back percent-encoded', async () => {
  const { root, account } = await openIamFixture()
  const document = trust({ Service: 'sagemaker.amazonaws.com' })
  const made = {
    RoleName: 'job',
    AssumeRolePolicyDocument: document,
    Description: 'runs jobs',
    MaxSessionDuration: 7200,
  }
  const { Role: role } = await root.iam('CreateRole', made)
  assert.equal(decodeURIComponent(role.AssumeRolePolicyDocument), document)
  assert.doesNotMatch(role.AssumeRolePolicyDocument, /[{}"* ]/)
  const { Role: read } = await root.iam('GetRole', { RoleName: 'job' })
  assert.deepEqual([read.Description, read.MaxSessionDuration, read.RoleLastUsed], ['runs jobs', 7200, {}])
  await root.iam('UpdateRole', { RoleName: 'job', Description: 'other' })
  assert.equal((await root.iam('ListRoles')).Roles[0].Description, 'other')

  const refused: [string, RegExp][] = [
    ['{', /^This policy contains invalid Json$/],
    [trust({ AWS: `arn:aws:iam::${account}:user/nobody` }), /Invalid principal in policy: "AWS":".*user\/nobody"/],
    [policy('s3:*'), /Has prohibited field Resource|may only specify STS/],
  ]
  for (const [text, message] of refused) {
    const change = { RoleName: 'job', PolicyDocument: text }
    await assert.rejects(root.iam('UpdateAssumeRolePolicy', change), { code: 'MalformedPolicyDocument', message })
  }
  const long = trust({
    AWS: Array.from({ length: 60 }, (_, i) => `arn:aws:iam::${account}:role/${'x'.repeat(40)}${i}`),
  })
  await assert.rejects(root.iam('UpdateAssumeRolePolicy', { RoleName: 'job', PolicyDocument: long }), {
    code: 'LimitExceeded',
  })
  await root.iam('DeleteRole', { RoleName: 'job' })
  await assert.rejects(root.iam('GetRole', { RoleName: 'job' }), { message: 'The role with name job cannot be found.' })
})

test('managed policies: versions, the default one decides, deletion rules', async () => {
  const { root, userNamed, account } = await openIamFixture()
  const ann = await userNamed('ann')
  const { Policy: made } = await root.iam('CreatePolicy', {
    PolicyName: 'p',
    PolicyDocument: policy('iam:ListUsers'),
    Path: '/x/',
  })
  const arn = `arn:aws:iam::${account}:policy/x/p`
  assert.deepEqual([made.Arn, made.DefaultVersionId, made.AttachmentCount], [arn, 'v1', 0])
  await assert.rejects(root.iam('CreatePolicy', { PolicyName: 'P', PolicyDocument: policy('s3:*') }), {
    code: 'EntityAlreadyExists',
  })
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: arn })
  await ann.iam('ListUsers')
  await root.iam('CreatePolicyVersion', { PolicyArn: arn, PolicyDocument: policy('iam:ListRoles') })
  await ann.iam('ListUsers')
  await root.iam('SetDefaultPolicyVersion', { PolicyArn: arn, VersionId: 'v2' })
  await assert.rejects(ann.iam('ListUsers'), { code: 'AccessDenied' })
  await ann.iam('ListRoles')

  const { Versions: versions } = await root.iam('ListPolicyVersions', { PolicyArn: arn })
  assert.deepEqual(
    versions.map((version: { VersionId: string }) => version.VersionId),
    ['v2', 'v1'],
  )
  const { PolicyVersion: second } = await root.iam('GetPolicyVersion', { PolicyArn: arn, VersionId: 'v2' })
  assert.equal(decodeURIComponent(second.Document), policy('iam:ListRoles'))
  await assert.rejects(root.iam('DeletePolicyVersion', { PolicyArn: arn, VersionId: 'v2' }), { code: 'DeleteConflict' })
  await assert.rejects(root.iam('DeletePolicy', { PolicyArn: arn }), { message: /attached to entities/ })
  const { Policies: own } = await root.iam('ListPolicies', { Scope: 'Local', OnlyAttached: true })
  assert.deepEqual(
    own.map((one: { Arn: string }) => one.Arn),
    [arn],
  )
  assert.equal((await root.iam('GetPolicy', { PolicyArn: arn })).Policy.AttachmentCount, 1)
  await root.iam('DetachUserPolicy', { UserName: 'ann', PolicyArn: arn })
  await assert.rejects(root.iam('DeletePolicy', { PolicyArn: arn }), { message: /more than one version/ })
  await root.iam('DeletePolicyVersion', { PolicyArn: arn, VersionId: 'v1' })
  await root.iam('DeletePolicy', { PolicyArn: arn })
  await assert.rejects(root.iam('GetPolicy', { PolicyArn: arn }), { code: 'NoSuchEntity' })
  for (let version = 0; version < 2; version++)
    await root.iam('CreatePolicy', { PolicyName: `q${version}`, PolicyDocument: policy('s3:*') })
  await assert.rejects(root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: arn }), { message: /not attachable/ })
  const { Policies: aws } = await root.iam('ListPolicies', { Scope: 'AWS' })
  assert.ok(aws.some((one: { Arn: string }) => one.Arn === 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess'))
})

test('a permissions boundary limits its user', async () => {
  const { root, userNamed } = await openIamFixture()
  const { Policy: bound } = await root.iam('CreatePolicy', { PolicyName: 'bound', PolicyDocument: policy('s3:*') })
  const ann = await userNamed('ann', { PermissionsBoundary: bound.Arn })
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await assert.rejects(ann.iam('ListUsers'), {
    message: /because no permissions boundary allows the iam:ListUsers action$/,
  })
  assert.deepEqual((await root.iam('GetUser', { UserName: 'ann' })).User.PermissionsBoundary, {
    PermissionsBoundaryType: 'Policy',
    PermissionsBoundaryArn: bound.Arn,
  })
  await assert.rejects(root.iam('DeletePolicy', { PolicyArn: bound.Arn }), { code: 'DeleteConflict' })
})

test('tags: added, replaced without regard to case, listed, removed, and decide by condition', async () => {
  const { root, userNamed } = await openIamFixture()
  const ann = await userNamed('ann', { Tags: [{ Key: 'Team', Value: 'red' }] })
  await root.iam('TagUser', {
    UserName: 'ann',
    Tags: [
      { Key: 'team', Value: 'blue' },
      { Key: 'b', Value: '' },
    ],
  })
  const { Tags: tags } = await root.iam('ListUserTags', { UserName: 'ann' })
  assert.deepEqual(tags, [
    { Key: 'b', Value: '' },
    { Key: 'team', Value: 'blue' },
  ])
  const condition = { StringEquals: { 'aws:ResourceTag/Team': '${aws:PrincipalTag/team}' } }
  await root.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument: policy('iam:*', '*', condition) })
  await root.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ Service: 'x.amazonaws.com' }) })
  await assert.rejects(ann.iam('GetRole', { RoleName: 'r' }), { code: 'AccessDenied' })
  await root.iam('TagRole', { RoleName: 'r', Tags: [{ Key: 'team', Value: 'blue' }] })
  await ann.iam('GetRole', { RoleName: 'r' })
  await root.iam('UntagRole', { RoleName: 'r', TagKeys: ['TEAM'] })
  await assert.rejects(ann.iam('GetRole', { RoleName: 'r' }), { code: 'AccessDenied' })
  await assert.rejects(root.iam('TagUser', { UserName: 'ann', Tags: [{ Key: 'aws:x', Value: '' }] }), {
    code: 'InvalidInput',
  })
})

test("accounts do not see or change each other's users", async () => {
  const { root, openAccount } = await openIamFixture()
  const other = await openAccount('other')
  await root.iam('CreateUser', { UserName: 'ann' })
  await assert.rejects(other.iam('GetUser', { UserName: 'ann' }), { code: 'NoSuchEntity' })
  const { Policy: made } = await root.iam('CreatePolicy', { PolicyName: 'p', PolicyDocument: policy('s3:*') })
  await assert.rejects(other.iam('GetPolicy', { PolicyArn: made.Arn }), { code: /AccessDenied|NoSuchEntity/ })
  await assert.rejects(other.iam('DeletePolicy', { PolicyArn: made.Arn }), { code: /AccessDenied|NoSuchEntity/ })
})

test('an account has so many groups and no more, and a user is in ten at most', async () => {
  const { root } = await openIamFixture()
  for (let index = 0; index < 300; index++) await root.iam('CreateGroup', { GroupName: `g${index}` })
  await assert.rejects(root.iam('CreateGroup', { GroupName: 'more' }), {
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for GroupsPerAccount: 300',
  })
  await root.iam('CreateUser', { UserName: 'ann' })
  for (let index = 0; index < 10; index++) await root.iam('AddUserToGroup', { GroupName: `g${index}`, UserName: 'ann' })
  await assert.rejects(root.iam('AddUserToGroup', { GroupName: 'g10', UserName: 'ann' }), {
    message: 'Cannot exceed quota for GroupsPerUser: 10',
  })
})

const nameOf = (user: { UserName: string }) => user.UserName
