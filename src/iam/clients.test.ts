import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { promisify } from 'node:util'
import * as Iam from '@aws-sdk/client-iam'
import * as Sts from '@aws-sdk/client-sts'
import { pino } from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createAccount } from './account.ts'
import { policy, trust } from './iam.fixture.ts'
import { createIam } from './iam.ts'
import { createIamService } from './iam-service.ts'
import { createOpenIdDocuments } from './open-id-document.ts'
import { createStsService } from './sts-service.ts'

const run = promisify(execFile)

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Both services behind the real gateway. */
async function serve() {
  const clock = { ahead: 0 }
  const now = () => new Date(Date.now() + clock.ahead)
  const store = await openTestStore(':memory:')
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now })
  const root = await createAccount(store, rootSecret, { name: 'seller' })
  const log = pino({ level: 'silent' })
  const documents = createOpenIdDocuments(new Set())
  const platform = { url: 'http://localhost', now, log, store, iam } as unknown as Platform
  const gateway = createGateway({
    ...testLedger,
    checkAnswers: true,
    platform,
    services: [createIamService(iam, documents), createStsService(iam, documents)],
    log,
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  const as = (credentials: Keys) => ({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  return {
    ...{ clock, root, endpoint },
    iamAs: (keys: Keys) => new Iam.IAMClient(as(keys)),
    stsAs: (keys: Keys) => new Sts.STSClient(as(keys)),
    async [Symbol.asyncDispose]() {
      gateway.closeAllConnections()
      gateway.close()
      await store.close()
    },
  }
}

test('the official SDK: a user, its key, a role and a session of it', async () => {
  await using served = await serve()
  const { iamAs, stsAs, root, clock } = served
  const iam = iamAs(root)
  await iam.send(new Iam.CreateUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'red' }] }))
  const { AccessKey: made } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'ann' }))
  const ann = { accessKeyId: made?.AccessKeyId ?? '', secretAccessKey: made?.SecretAccessKey ?? '' }
  const who = await stsAs(ann).send(new Sts.GetCallerIdentityCommand({}))
  const userArn = `arn:aws:iam::${root.account.id}:user/ann`
  assert.equal(who.Arn, userArn)
  await assert.rejects(iamAs(ann).send(new Iam.ListUsersCommand({})), (error: Iam.IAMServiceException) => {
    assert.equal(error.name, 'AccessDenied')
    assert.equal(error.$metadata.httpStatusCode, 403)
    assert.match(error.message, /because no identity-based policy allows the iam:ListUsers action$/)
    return true
  })

  const document = trust({ AWS: userArn })
  const { Role: role } = await iam.send(
    new Iam.CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: document }),
  )
  assert.equal(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''), document)
  await iam.send(
    new Iam.PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'p', PolicyDocument: policy('iam:List*') }),
  )
  const assumed = await stsAs(ann).send(
    new Sts.AssumeRoleCommand({ RoleArn: role?.Arn, RoleSessionName: 's1', DurationSeconds: 900 }),
  )
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = assumed.Credentials ?? {}
  const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  assert.ok(Expiration instanceof Date)
  assert.deepEqual(
    (await iamAs(session).send(new Iam.ListUsersCommand({}))).Users?.map(user => user.UserName),
    ['ann'],
  )
  const other = { ...session, sessionToken: `${SessionToken.slice(0, -4)}AAAA` }
  await assert.rejects(iamAs(other).send(new Iam.ListUsersCommand({})), { name: 'InvalidClientTokenId' })
  clock.ahead = 901_000
  await assert.rejects(
    iamAs(session).send(new Iam.ListUsersCommand({})),
    /ExpiredToken|RequestExpired|Signature expired/,
  )
})

test('the official SDK: errors, waiters and paginators', async () => {
  await using served = await serve()
  const iam = served.iamAs(served.root)
  const named = { UserName: 'ann' }
  await assert.rejects(iam.send(new Iam.GetUserCommand(named)), (error: Error) => {
    assert.ok(error instanceof Iam.NoSuchEntityException)
    assert.equal(error.message, 'The user with name ann cannot be found.')
    return true
  })
  await iam.send(new Iam.CreateUserCommand(named))
  await assert.rejects(iam.send(new Iam.CreateUserCommand(named)), Iam.EntityAlreadyExistsException)
  await iam.send(new Iam.AttachUserPolicyCommand({ ...named, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess' }))
  await assert.rejects(iam.send(new Iam.DeleteUserCommand(named)), Iam.DeleteConflictException)
  const bad = { ...named, PolicyName: 'p', PolicyDocument: '{' }
  await assert.rejects(iam.send(new Iam.PutUserPolicyCommand(bad)), Iam.MalformedPolicyDocumentException)
  await assert.rejects(iam.send(new Iam.CreateUserCommand({ UserName: 'a b' })), { name: 'ValidationError' })
  await Iam.waitUntilUserExists({ client: iam, maxWaitTime: 60 }, named)
  await iam.send(
    new Iam.CreateRoleCommand({
      RoleName: 'r',
      AssumeRolePolicyDocument: trust({ Service: 'sagemaker.amazonaws.com' }),
    }),
  )
  await Iam.waitUntilRoleExists({ client: iam, maxWaitTime: 60 }, { RoleName: 'r' })
  const { Policy: made } = await iam.send(
    new Iam.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: policy('s3:*') }),
  )
  await Iam.waitUntilPolicyExists({ client: iam, maxWaitTime: 60 }, { PolicyArn: made?.Arn })

  for (const name of ['b', 'c', 'd']) await iam.send(new Iam.CreateUserCommand({ UserName: name }))
  const names = []
  for await (const page of Iam.paginateListUsers({ client: iam, pageSize: 2 }, {}))
    names.push(...(page.Users ?? []).map(user => user.UserName))
  assert.deepEqual(names, ['ann', 'b', 'c', 'd'])
  const simulated = new Iam.SimulatePrincipalPolicyCommand({
    PolicySourceArn: `arn:aws:iam::${served.root.account.id}:user/ann`,
    ActionNames: ['s3:GetObject', 'ecr:PutImage'],
  })
  const { EvaluationResults: results } = await iam.send(simulated)
  assert.deepEqual(
    results?.map(result => result.EvalDecision),
    ['allowed', 'implicitDeny'],
  )
  assert.equal(results?.[0]?.MatchedStatements?.[0]?.SourcePolicyId, 'AmazonS3FullAccess')
})

const boto = `
import boto3, json, sys
session = boto3.Session(aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3], region_name='us-east-1')
iam = session.client('iam', endpoint_url=sys.argv[1])
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': 'sagemaker.amazonaws.com'}}]}
made = iam.create_role(RoleName='job', AssumeRolePolicyDocument=json.dumps(trust))['Role']
iam.get_waiter('role_exists').wait(RoleName='job')
assert iam.get_role(RoleName='job')['Role']['AssumeRolePolicyDocument'] == trust
iam.attach_role_policy(RoleName='job', PolicyArn='arn:aws:iam::aws:policy/AmazonSageMakerFullAccess')
attached = [p['PolicyName'] for page in iam.get_paginator('list_attached_role_policies').paginate(RoleName='job') for p in page['AttachedPolicies']]
version = iam.get_policy_version(PolicyArn='arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess', VersionId='v3')['PolicyVersion']['Document']
print(json.dumps({'arn': made['Arn'], 'attached': attached, 'version': version['Version'], 'who': session.client('sts', endpoint_url=sys.argv[1]).get_caller_identity()['Account']}))
`

test('boto3 decodes documents, waits and pages', async () => {
  await using served = await serve()
  const { root, endpoint } = served
  const { stdout } = await run('/usr/bin/python3', ['-c', boto, endpoint, root.accessKeyId, root.secretAccessKey])
  assert.deepEqual(JSON.parse(stdout), {
    arn: `arn:aws:iam::${root.account.id}:role/job`,
    attached: ['AmazonSageMakerFullAccess'],
    version: '2012-10-17',
    who: root.account.id,
  })
})
