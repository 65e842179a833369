import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIamFixture, policy, trust } from './iam.fixture.ts'

const hour = 3600_000

/** A role of the home account that the user ann may assume. */
async function openRole(more: object = {}, condition?: object, now?: () => Date) {
  const house = await openIamFixture(now)
  const ann = await house.userNamed('ann')
  const document = trust({ AWS: ann.principal.arn }, condition, [
    'sts:AssumeRole',
    'sts:TagSession',
    'sts:SetSourceIdentity',
  ])
  const { Role: role } = await house.root.iam('CreateRole', {
    RoleName: 'reader',
    AssumeRolePolicyDocument: document,
    ...more,
  })
  await house.root.iam('PutRolePolicy', {
    RoleName: 'reader',
    PolicyName: 'p',
    PolicyDocument: policy(['iam:List*', 'iam:Get*']),
  })
  const assume = (input: object = {}) => ann.sts('AssumeRole', { RoleArn: role.Arn, RoleSessionName: 's1', ...input })
  /** The principal that the credentials stand for. */
  const sessionOf = async (answer: { Credentials: { AccessKeyId: string } }) => {
    const credential = await house.engine.credential(answer.Credentials.AccessKeyId)
    assert.ok(credential)
    return house.as(credential.principal)
  }
  return { ...house, ann, role, assume, sessionOf }
}

test('GetCallerIdentity tells root, users and sessions', async () => {
  const { root, ann, account, role, assume, sessionOf } = await openRole()
  assert.deepEqual(await root.sts('GetCallerIdentity'), {
    UserId: account,
    Account: account,
    Arn: `arn:aws:iam::${account}:root`,
  })
  assert.equal((await ann.sts('GetCallerIdentity')).Arn, `arn:aws:iam::${account}:user/ann`)
  const session = await sessionOf(await assume())
  assert.deepEqual(await session.sts('GetCallerIdentity'), {
    UserId: `${role.RoleId}:s1`,
    Account: account,
    Arn: `arn:aws:sts::${account}:assumed-role/reader/s1`,
  })
})

test('AssumeRole gives credentials that act as the role and end when told', async () => {
  const at = Date.now()
  const { assume, engine, sessionOf } = await openRole({}, undefined, () => new Date(at))
  const answer = await assume({ DurationSeconds: 900 })
  assert.match(answer.Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/)
  const credential = await engine.credential(answer.Credentials.AccessKeyId)
  assert.equal(credential?.sessionToken, answer.Credentials.SessionToken)
  assert.equal(credential?.secretAccessKey, answer.Credentials.SecretAccessKey)
  assert.equal(credential?.expires?.getTime(), Math.floor(at / 1000) * 1000 + 900_000)
  const session = await sessionOf(answer)
  assert.equal((await session.iam('ListUsers')).Users.length, 1)
  await assert.rejects(session.iam('DeleteUser', { UserName: 'ann' }), {
    code: 'AccessDenied',
    message: /assumed-role\/reader\/s1 is not authorized/,
  })
})

test('a role assumed by one whom it does not trust, and a role that does not exist, are refused alike', async () => {
  const { role, userNamed, root, account } = await openRole()
  const bob = await userNamed('bob')
  await root.iam('AttachUserPolicy', { UserName: 'bob', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const refusal = (arn: string) => ({
    code: 'AccessDenied',
    message: `User: ${bob.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn} because no resource-based policy allows the sts:AssumeRole action`,
  })
  for (const arn of [role.Arn, `arn:aws:iam::${account}:role/none`])
    await assert.rejects(bob.sts('AssumeRole', { RoleArn: arn, RoleSessionName: 'x' }), refusal(arn))
  await assert.rejects(root.sts('AssumeRole', { RoleArn: role.Arn, RoleSessionName: 'x' }), { code: 'AccessDenied' })
})

test('across accounts both the trust policy and the caller must agree; the external id is checked', async () => {
  const { openAccount, root, account, as } = await openRole()
  const other = await openAccount('other')
  const condition = { StringEquals: { 'sts:ExternalId': 'e1' } }
  const document = trust({ AWS: other.principal.account }, condition)
  const { Role: shared } = await root.iam('CreateRole', { RoleName: 'shared', AssumeRolePolicyDocument: document })
  const { User: eve } = await other.iam('CreateUser', { UserName: 'eve' })
  const caller = as({
    kind: 'user',
    account: other.principal.account,
    arn: eve.Arn,
    userId: eve.UserId,
    identityArn: eve.Arn,
  })
  const input = { RoleArn: shared.Arn, RoleSessionName: 'x', ExternalId: 'e1' }
  await assert.rejects(caller.sts('AssumeRole', input), { message: /no identity-based policy/ })
  await other.iam('PutUserPolicy', {
    UserName: 'eve',
    PolicyName: 'p',
    PolicyDocument: policy('sts:AssumeRole', shared.Arn),
  })
  assert.match((await caller.sts('AssumeRole', input)).AssumedRoleUser.Arn, new RegExp(`^arn:aws:sts::${account}:`))
  await assert.rejects(caller.sts('AssumeRole', { ...input, ExternalId: 'e2' }), { code: 'AccessDenied' })
})

test('session policies narrow the role', async () => {
  const { assume, sessionOf } = await openRole()
  const session = await sessionOf(
    await assume({
      Policy: policy('iam:ListRoles'),
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' }],
    }),
  )
  await session.iam('ListRoles')
  await assert.rejects(session.iam('ListUsers'), {
    message: /because no session policy allows the iam:ListUsers action$/,
  })
  await assert.rejects(assume({ Policy: '{' }), { code: 'MalformedPolicyDocument' })
  await assert.rejects(assume({ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/NoSuchPolicy' }] }), {
    code: 'ValidationError',
  })
})

test('durations: within what the role allows, an hour when roles are chained', async () => {
  const { assume, root, role, sessionOf } = await openRole({ MaxSessionDuration: 7200 })
  assert.ok(new Date((await assume({ DurationSeconds: 7200 })).Credentials.Expiration).getTime() > Date.now() + hour)
  await assert.rejects(assume({ DurationSeconds: 7201 }), {
    code: 'ValidationError',
    message: /exceeds the MaxSessionDuration/,
  })
  const session = await sessionOf(await assume())
  await root.iam('UpdateAssumeRolePolicy', { RoleName: 'reader', PolicyDocument: trust({ AWS: role.Arn }) })
  const again = { RoleArn: role.Arn, RoleSessionName: 's2' }
  await session.sts('AssumeRole', again)
  await assert.rejects(session.sts('AssumeRole', { ...again, DurationSeconds: 3601 }), {
    message: /1 hour session limit/,
  })
})

test('session tags and the source identity are conditions, and transitive tags go on', async () => {
  const { assume, root, role, sessionOf } = await openRole()
  const answer = await assume({
    Tags: [{ Key: 'team', Value: 'red' }],
    TransitiveTagKeys: ['team'],
    SourceIdentity: 'ann',
  })
  assert.equal(answer.SourceIdentity, 'ann')
  const session = await sessionOf(answer)
  const condition = { StringEquals: { 'aws:PrincipalTag/team': 'red', 'aws:SourceIdentity': 'ann' } }
  await root.iam('PutRolePolicy', {
    RoleName: 'reader',
    PolicyName: 'p',
    PolicyDocument: policy('iam:*', '*', condition),
  })
  await session.iam('ListUsers')
  await assert.rejects((await sessionOf(await assume())).iam('ListUsers'), { code: 'AccessDenied' })
  const chain = trust({ AWS: role.Arn }, undefined, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
  await root.iam('UpdateAssumeRolePolicy', { RoleName: 'reader', PolicyDocument: chain })
  const next = await session.sts('AssumeRole', { RoleArn: role.Arn, RoleSessionName: 's2' })
  await (await sessionOf(next)).iam('ListUsers')
  const clash = { RoleArn: role.Arn, RoleSessionName: 's3', Tags: [{ Key: 'team', Value: 'blue' }] }
  await assert.rejects(session.sts('AssumeRole', clash), { code: 'ValidationError', message: /transitive/ })
})

test('a session of a deleted role has no leave any more', async () => {
  const { assume, root, sessionOf } = await openRole()
  const session = await sessionOf(await assume())
  await session.iam('ListUsers')
  await root.iam('DeleteRolePolicy', { RoleName: 'reader', PolicyName: 'p' })
  await root.iam('DeleteRole', { RoleName: 'reader' })
  await assert.rejects(session.iam('ListUsers'), { code: 'AccessDenied' })
})

test('GetSessionToken gives the user temporary credentials that cannot call IAM', async () => {
  const { ann, root, sessionOf, role } = await openRole()
  await root.iam('AttachUserPolicy', { UserName: 'ann', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  const session = await sessionOf(await ann.sts('GetSessionToken', { DurationSeconds: 900 }))
  assert.equal((await session.sts('GetCallerIdentity')).Arn, ann.principal.arn)
  await assert.rejects(session.iam('ListUsers'), { code: 'AccessDenied', message: /GetSessionToken credentials/ })
  await session.sts('AssumeRole', { RoleArn: role.Arn, RoleSessionName: 'x' })
  await assert.rejects(session.sts('GetSessionToken'), { code: 'AccessDenied' })
  await assert.rejects(ann.sts('GetSessionToken', { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode: '123456' }), {
    message: /MFA/,
  })
})

test('PassRole and roles that services assume', async () => {
  const { engine, ann, root, account } = await openRole()
  const document = trust({ Service: 'sagemaker.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': account } })
  const { Role: job } = await root.iam('CreateRole', {
    RoleName: 'job',
    AssumeRolePolicyDocument: document,
    Path: '/x/',
  })
  const service = 'sagemaker.amazonaws.com'
  await assert.rejects(engine.passRole(ann.principal, job.Arn, service), {
    code: 'AccessDenied',
    message: `User: ${ann.principal.arn} is not authorized to perform: iam:PassRole on resource: ${job.Arn} because no identity-based policy allows the iam:PassRole action`,
  })
  const condition = { StringEquals: { 'iam:PassedToService': service } }
  await root.iam('PutUserPolicy', {
    UserName: 'ann',
    PolicyName: 'p',
    PolicyDocument: policy('iam:PassRole', '*', condition),
  })
  await engine.passRole(ann.principal, job.Arn, service)
  await assert.rejects(engine.passRole(ann.principal, job.Arn, 'ecr.amazonaws.com'), { code: 'AccessDenied' })
  await assert.rejects(engine.passRole(ann.principal, `${job.Arn}x`, service), {
    code: 'ValidationException',
    message: `Could not assume role ${job.Arn}x. Please ensure that the role exists and allows principal '${service}' to assume the role.`,
  })
  await assert.rejects(engine.passRole(ann.principal, 'arn:aws:iam::000000000001:role/x', service), {
    message: /Cross-account pass role/,
  })
  await assert.rejects(engine.passRole(ann.principal, 'job', service), { code: 'ValidationException' })

  const acting = await engine.assumeForService(job.Arn, service, 'run-1')
  assert.equal(acting.arn, `arn:aws:sts::${account}:assumed-role/job/run-1`)
  const access = { action: 's3:GetObject', resource: 'arn:aws:s3:::box/key' }
  await assert.rejects(engine.authorize(acting, access), { code: 'AccessDenied' })
  await root.iam('PutRolePolicy', { RoleName: 'job', PolicyName: 'p', PolicyDocument: policy('s3:GetObject') })
  await engine.authorize(acting, access)
  await root.iam('UpdateAssumeRolePolicy', { RoleName: 'job', PolicyDocument: trust({ Service: 'ecr.amazonaws.com' }) })
  await assert.rejects(engine.assumeForService(job.Arn, service, 'run-2'), {
    code: 'ValidationException',
    message: /Could not assume role/,
  })
})
