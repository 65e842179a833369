import assert from 'node:assert/strict'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { STS } from '@aws-sdk/client-sts'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('STS')
const reference = verified('AWS STS API Reference')

/** A client with the temporary credentials of an answer. */
const holding = <Client extends object = STS>(
  told: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined,
  Class: Parameters<typeof clientOf<Client>>[0] = STS as never,
) =>
  clientOf(Class, at, {
    credentials: {
      accessKeyId: told?.AccessKeyId ?? '',
      secretAccessKey: told?.SecretAccessKey ?? '',
      sessionToken: told?.SessionToken ?? '',
    },
  })

parity('GetCallerIdentity', reference, 'the root user', async () => {
  const { Account, Arn, UserId } = await at.owner.sts.getCallerIdentity({})
  assert.deepEqual([Account, Arn, UserId], [at.owner.id, `arn:aws:iam::${at.owner.id}:root`, at.owner.id])
})

parity('AssumeRole GetCallerIdentity', reference, 'a session of a role that trusts the caller', async () => {
  const { iam, id } = at.owner
  await iam.createUser({ UserName: 'ann' })
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'ann' })
  const ann = clientOf(STS, at, {
    credentials: { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' },
  })
  const trust = (AWS: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
    })
  const RoleName = 'assumed'
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(`arn:aws:iam::${id}:user/ann`) })
  const RoleArn = `arn:aws:iam::${id}:role/assumed`
  const made = await ann.assumeRole({ RoleArn, RoleSessionName: 'run-1', DurationSeconds: 900 })
  assert.equal(made.AssumedRoleUser?.Arn, `arn:aws:sts::${id}:assumed-role/assumed/run-1`)
  assert.match(made.Credentials?.AccessKeyId ?? '', /^ASIA/)
  const lasts = (made.Credentials?.Expiration?.getTime() ?? 0) - Date.now()
  assert.ok(lasts > 840_000 && lasts <= 900_000, `${lasts} ms`)
  const session = holding(made.Credentials)
  assert.equal((await session.getCallerIdentity({})).Arn, made.AssumedRoleUser?.Arn)
  await refused(
    ann.assumeRole({ RoleArn, RoleSessionName: 'x', DurationSeconds: 899 }),
    'ValidationError',
    /at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900/,
  )
  await refused(
    ann.assumeRole({ RoleArn, RoleSessionName: 'run-1', DurationSeconds: 7200 }),
    'ValidationError',
    /MaxSessionDuration/,
  )
  await refused(
    at.stranger.sts.assumeRole({ RoleArn, RoleSessionName: 'run-1' }),
    'AccessDenied',
    /is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::\d+:role\/assumed/,
  )
})

parity('GetSessionToken GetCallerIdentity', reference, 'temporary credentials of one’s own', async () => {
  const { iam, id } = at.owner
  await iam.createUser({ UserName: 'bob' })
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'bob' })
  const bob = clientOf(STS, at, {
    credentials: { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' },
  })
  const session = holding((await bob.getSessionToken({})).Credentials)
  assert.equal((await session.getCallerIdentity({})).Arn, `arn:aws:iam::${id}:user/bob`)
  await refused(session.getSessionToken({}), 'AccessDenied', /GetSessionToken/)
})

parity(
  'GetFederationToken GetCallerIdentity',
  verified('AWS STS API Reference, GetFederationToken; IAM User Guide, Compare AWS STS credentials'),
  'somebody whom a user vouches for may do what both their policies allow',
  async () => {
    const { iam, id } = at.owner
    const UserName = 'broker'
    await iam.createUser({ UserName })
    const PolicyDocument = document([
      'sts:GetFederationToken',
      'sts:TagSession',
      'kms:ListKeys',
      'kms:ListAliases',
      'iam:*',
    ])
    await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument })
    const { AccessKey: key } = await iam.createAccessKey({ UserName })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    const broker = clientOf(STS, at, { credentials })
    const Policy = document(['kms:ListKeys', 'logs:*', 'iam:ListUsers'])
    const made = await broker.getFederationToken({ Name: 'guest', Policy, DurationSeconds: 900 })
    const arn = `arn:aws:sts::${id}:federated-user/guest`
    assert.deepEqual(made.FederatedUser, { FederatedUserId: `${id}:guest`, Arn: arn })
    assert.equal((await holding(made.Credentials).getCallerIdentity({})).Arn, arn)
    const kms = holding(made.Credentials, KMS)
    await kms.listKeys({})
    await refused(kms.listAliases({}), 'AccessDeniedException', /no session policy allows the kms:ListAliases action/)
    await refused(holding(made.Credentials, IAM).listUsers({}), 'AccessDenied', /with GetFederationToken credentials/)
    await refused(
      holding(made.Credentials).getFederationToken({ Name: 'another' }),
      'AccessDenied',
      /GetFederationToken/,
    )
    const bare = await broker.getFederationToken({ Name: 'bare', Tags: [{ Key: 'team', Value: 'ml' }] })
    await refused(holding(bare.Credentials, KMS).listKeys({}), 'AccessDeniedException', /no session policy allows/)
    const ofRoot = await at.owner.sts.getFederationToken({ Name: 'ofroot', Policy: document(['kms:ListAliases']) })
    await holding(ofRoot.Credentials, KMS).listAliases({})
    await refused(holding(ofRoot.Credentials, KMS).listKeys({}), 'AccessDeniedException', /no session policy allows/)
    await iam.deleteUserPolicy({ UserName, PolicyName: 'own' })
    await refused(kms.listKeys({}), 'AccessDeniedException', /no identity-based policy allows/)
    await refused(broker.getFederationToken({ Name: 'late' }), 'AccessDenied', /sts:GetFederationToken/)
  },
)

const document = (Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

parity(
  'DecodeAuthorizationMessage',
  verified('AWS STS API Reference, DecodeAuthorizationMessage'),
  'no message is one of ours: refusals are not encoded; and it asks leave',
  async () => {
    const EncodedMessage = 'bogus'
    const decoded = clientOf(STS, at).decodeAuthorizationMessage({ EncodedMessage })
    await refused(decoded, 'InvalidAuthorizationMessageException', /^Message is not valid/)
    const { iam } = at.owner
    await iam.createUser({ UserName: 'undecoding' })
    const { AccessKey: key } = await iam.createAccessKey({ UserName: 'undecoding' })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    const denied = clientOf(STS, at, { credentials }).decodeAuthorizationMessage({ EncodedMessage })
    await refused(denied, 'AccessDenied', /not authorized to perform: sts:DecodeAuthorizationMessage/)
  },
)
