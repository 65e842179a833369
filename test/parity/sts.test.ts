import assert from 'node:assert/strict'
import { STS } from '@aws-sdk/client-sts'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('STS')
const reference = verified('AWS STS API Reference')

/** A client with the temporary credentials of an answer. */
const holding = (told: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string } | undefined) =>
  clientOf(STS, at, {
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
