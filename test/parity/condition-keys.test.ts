// biome-ignore-all lint/suspicious/noTemplateCurlyInString: families of keys are written so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Scaling from '@aws-sdk/client-application-auto-scaling'
import * as CloudWatch from '@aws-sdk/client-cloudwatch'
import * as Logs from '@aws-sdk/client-cloudwatch-logs'
import * as Ecr from '@aws-sdk/client-ecr'
import * as Iam from '@aws-sdk/client-iam'
import * as Kms from '@aws-sdk/client-kms'
import * as Catalog from '@aws-sdk/client-marketplace-catalog'
import * as Sts from '@aws-sdk/client-sts'
import { load, type ModelName } from '../../src/model/load.ts'
import type { ShapeRef } from '../../src/model/service-model.ts'
import { askGuarded, denied, has, isNever, makeGuarded, reference, sampleOfKey } from './guarded.ts'
import { clientOf, type Installation, installation } from './installation.ts'
import { sampleOf } from './sample.ts'

interface Asked {
  readonly model: ModelName
  readonly sdk: object
  readonly client: new (options: never) => object
  /** What every request of this service holds besides its least. */
  readonly given: (operation: string) => Readonly<Record<string, unknown>>
  /** Where a key is told: the members that hold it, with their values. */
  readonly told: Readonly<Record<string, (operation: string) => Readonly<Record<string, unknown>>>>
}

const tags = { Tags: [{ Key: 'team', Value: 'red' }] }
const tagged = (member: object, keys: object, untag: RegExp) => ({
  'aws:RequestTag/team': () => ({ ...member }),
  'aws:TagKeys': (operation: string) => (untag.test(operation) ? { ...keys } : { ...member }),
})
const at = installation(furnish)
let keyArn = ''
let ciphertext: Uint8Array = new Uint8Array()
let grantId = ''
let changeSetArn = ''
const withContext = { EncryptionContext: { job: 'x' } }
const constraint = { Constraints: { EncryptionContextSubset: { job: 'x' } } }
const contextOf = (operation: string) =>
  operation === 'ReEncrypt'
    ? { SourceEncryptionContext: { job: 'x' }, DestinationEncryptionContext: { job: 'x' } }
    : /Grant$/.test(operation)
      ? operation === 'CreateGrant'
        ? constraint
        : {}
      : withContext

const services: Readonly<Record<string, Asked>> = {
  iam: {
    model: 'iam',
    sdk: Iam,
    client: Iam.IAM,
    given: operation => ({
      ...(/User/.test(operation) && !operation.startsWith('Create') && { UserName: 'bounded' }),
      ...(/Role/.test(operation) && !operation.startsWith('Create') && { RoleName: 'bounded' }),
      ...(/Policy$/.test(operation) &&
        /^(Tag|Untag)/.test(operation) && { PolicyArn: `arn:aws:iam::${at.owner.id}:policy/x` }),
    }),
    told: {
      ...tagged(tags, { TagKeys: ['team'] }, /^Untag/),
      'iam:PermissionsBoundary': operation =>
        /^(Create|Put\w+Boundary)/.test(operation) ? { PermissionsBoundary: s3Read } : {},
      'iam:PolicyARN': () => ({ PolicyArn: s3Read }),
      'iam:AWSServiceName': () => ({ AWSServiceName: 'replication.ecr.amazonaws.com' }),
    },
  },
  sts: {
    model: 'sts',
    sdk: Sts,
    client: Sts.STS,
    given: () => ({ RoleArn: `arn:aws:iam::${at.owner.id}:role/bounded`, RoleSessionName: 'run' }),
    told: {
      ...tagged(tags, {}, /^$/),
      'iam:ResourceTag/team': () => ({}),
      'sts:ExternalId': () => ({ ExternalId: 'one' }),
      'sts:RoleSessionName': () => ({}),
      'sts:SourceIdentity': () => ({ SourceIdentity: 'ann' }),
      'sts:TransitiveTagKeys': () => ({ ...tags, TransitiveTagKeys: ['team'] }),
    },
  },
  kms: {
    model: 'kms',
    sdk: Kms,
    client: Kms.KMS,
    given: operation => ({
      ...(!/^(CreateKey|ListAliases|Decrypt|ReEncrypt|GenerateRandom)$/.test(operation) && { KeyId: keyArn }),
      ...(/Alias$/.test(operation) && { KeyId: undefined, AliasName: 'alias/named' }),
      ...(/^(Create|Update)Alias$/.test(operation) && { TargetKeyId: keyArn }),
      ...(/^(Decrypt|ReEncrypt)$/.test(operation) && { CiphertextBlob: ciphertext }),
      ...(operation === 'ReEncrypt' && { DestinationKeyId: keyArn }),
      ...(/^(Retire|Revoke)Grant$/.test(operation) && { GrantId: grantId }),
    }),
    told: {
      ...tagged({ Tags: [{ TagKey: 'team', TagValue: 'red' }] }, { TagKeys: ['team'] }, /^Untag/),
      'kms:CallerAccount': () => ({}),
      'kms:KeySpec': () => ({}),
      'kms:KeyUsage': () => ({}),
      'kms:KeyOrigin': () => ({}),
      'kms:MultiRegion': () => ({}),
      'kms:BypassPolicyLockoutSafetyCheck': () => ({ BypassPolicyLockoutSafetyCheck: true }),
      'kms:ScheduleKeyDeletionPendingWindowInDays': () => ({ PendingWindowInDays: 7 }),
      'kms:RotationPeriodInDays': () => ({ RotationPeriodInDays: 90 }),
      'kms:EncryptionAlgorithm': () => ({}),
      'kms:DataKeyPairSpec': () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
      'kms:KeyAgreementAlgorithm': () => ({ KeyAgreementAlgorithm: 'ECDH' }),
      'kms:MacAlgorithm': () => ({ MacAlgorithm: 'HMAC_SHA_256' }),
      'kms:MessageType': () => ({}),
      'kms:SigningAlgorithm': () => ({ SigningAlgorithm: 'ECDSA_SHA_256' }),
      'kms:EncryptionContext:job': contextOf,
      'kms:EncryptionContextKeys': contextOf,
      'kms:GrantConstraintType': contextOf,
      'kms:GrantIsForAWSResource': () => ({}),
      'kms:GrantOperations': () => ({ Operations: ['Decrypt'] }),
      'kms:GranteePrincipal': () => ({ GranteePrincipal: at.owner.role }),
      'kms:RetiringPrincipal': () => ({ RetiringPrincipal: at.owner.role }),
      'kms:ReEncryptOnSameKey': () => ({}),
      'kms:RequestAlias': operation =>
        operation === 'ReEncrypt'
          ? { SourceKeyId: 'alias/named', DestinationKeyId: 'alias/named' }
          : { KeyId: 'alias/named' },
    },
  },
  ecr: {
    model: 'ecr',
    sdk: Ecr,
    client: Ecr.ECR,
    given: operation =>
      operation === 'CreateRepository' ? {} : { resourceArn: `arn:aws:ecr:us-east-1:${at.owner.id}:repository/probe` },
    told: tagged({ tags: [{ Key: 'team', Value: 'red' }] }, { tagKeys: ['team'] }, /^Untag/),
  },
  logs: {
    model: 'logs',
    sdk: Logs,
    client: Logs.CloudWatchLogs,
    given: operation =>
      /Resource$/.test(operation) ? { resourceArn: `arn:aws:logs:us-east-1:${at.owner.id}:log-group:x` } : {},
    told: {
      'aws:RequestTag/team': () => ({ tags: { team: 'red' } }),
      'aws:TagKeys': operation =>
        operation === 'UntagResource'
          ? { tagKeys: ['team'] }
          : { tags: operation === 'UntagLogGroup' ? ['team'] : { team: 'red' } },
    },
  },
  'application-autoscaling': {
    model: 'application-autoscaling',
    sdk: Scaling,
    client: Scaling.ApplicationAutoScaling,
    given: operation =>
      /Resource$/.test(operation)
        ? { ResourceARN: `arn:aws:application-autoscaling:us-east-1:${at.owner.id}:scalable-target/x` }
        : { ServiceNamespace: 'sagemaker', ResourceId: 'endpoint/e/variant/v' },
    told: {
      ...tagged({ Tags: { team: 'red' } }, { TagKeys: ['team'] }, /^Untag/),
      'application-autoscaling:service-namespace': () => ({}),
      'application-autoscaling:scalable-dimension': () => ({
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      }),
    },
  },
  cloudwatch: {
    model: 'cloudwatch',
    sdk: CloudWatch,
    client: CloudWatch.CloudWatch,
    given: () => ({}),
    told: {
      ...tagged(tags, { TagKeys: ['team'] }, /^Untag/),
      'cloudwatch:namespace': () => ({ Namespace: 'mine' }),
      'cloudwatch:AlarmActions': () => ({ AlarmActions: ['arn:aws:sns:us-east-1:123456789012:told'] }),
    },
  },
  'aws-marketplace': {
    model: 'marketplace-catalog',
    sdk: Catalog,
    client: Catalog.MarketplaceCatalog,
    given: operation =>
      operation === 'StartChangeSet'
        ? {
            Catalog: 'AWSMarketplace',
            ChangeSet: [{ ChangeType: 'CreateProduct', Entity: { Type: 'MachineLearningProduct@1.0' }, Details: '{}' }],
          }
        : { ResourceArn: changeSetArn },
    told: {
      'aws:RequestTag/team': operation => (operation === 'StartChangeSet' ? { ChangeSetTags: tags.Tags } : tags),
      'aws:TagKeys': operation =>
        operation === 'StartChangeSet'
          ? { ChangeSetTags: tags.Tags }
          : operation === 'UntagResource'
            ? { TagKeys: ['team'] }
            : tags,
      'aws:ResourceTag/team': () => ({}),
      'catalog:ChangeType': () => ({}),
      'aws-marketplace:Intent': () => ({}),
    },
  },
}

const s3Read = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
let credentials = { accessKeyId: '', secretAccessKey: '' }

async function furnish(opened: Installation): Promise<void> {
  const { owner } = opened
  const { iam } = owner
  credentials = await makeGuarded(opened)
  await iam.createUser({ UserName: 'bounded', PermissionsBoundary: s3Read })
  const trusting = { Effect: 'Allow', Principal: { AWS: owner.id }, Action: ['sts:AssumeRole', 'sts:TagSession'] }
  await iam.createRole({
    ...{ RoleName: 'bounded', PermissionsBoundary: s3Read, Tags: tags.Tags },
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trusting] }),
  })
  const open = clientOf(Kms.KMS, opened)
  const { KeyMetadata } = await open.createKey({})
  keyArn = KeyMetadata?.Arn ?? ''
  await open.createAlias({ AliasName: 'alias/named', TargetKeyId: keyArn })
  const sealed = await open.encrypt({ KeyId: keyArn, Plaintext: Buffer.from('x'), ...withContext })
  ciphertext = sealed.CiphertextBlob ?? new Uint8Array()
  const grant = { KeyId: keyArn, GranteePrincipal: owner.role, Operations: ['Decrypt' as const], ...constraint }
  grantId = (await open.createGrant(grant)).GrantId ?? ''
  await open.tagResource({ KeyId: keyArn, Tags: [{ TagKey: 'team', TagValue: 'red' }] })
  await owner.ecr.createRepository({ repositoryName: 'box', tags: tags.Tags })
  await owner.logs.createLogGroup({ logGroupName: 'box', tags: { team: 'red' } })
  await iam.createInstanceProfile({ InstanceProfileName: 'box', Tags: tags.Tags })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  })
  await iam.createPolicy({ PolicyName: 'box', PolicyDocument, Tags: tags.Tags })
  const { ChangeSetArn } = await clientOf(Catalog.MarketplaceCatalog, opened).startChangeSet({
    ...{ Catalog: 'AWSMarketplace', ChangeSetTags: tags.Tags },
    ChangeSet: [{ ChangeType: 'CreateProduct', Entity: { Type: 'MachineLearningProduct@1.0' }, Details: '{}' }],
  })
  changeSetArn = ChangeSetArn ?? ''
}

const operationOf = (action: string) => (action.split(':')[1] as string).replace(/^ReEncrypt(From|To)$/, 'ReEncrypt')

for (const [action, keys] of Object.entries(reference)) {
  const [prefix = ''] = action.split(':')
  const asked = services[prefix]
  if (!asked) continue
  for (const key of keys.map(sampleOfKey).filter(key => !isNever(key, action)))
    test(`${action}: a Deny by ${key} is obeyed`, async () => {
      const operation = operationOf(action)
      const tell = asked.told[key] ?? assert.fail(`no request is known that tells ${key}`)
      const model = load(asked.model)
      const least = sampleOf(model, model.operations[operation]?.input as ShapeRef) as object
      const input = { ...least, ...asked.given(operation), ...tell(operation) }
      const deny = { action, condition: has(key) }
      await assert.rejects(askGuarded(at, credentials, deny, asked, operation, input), denied(action))
    })
}

/** IAM User Guide, AWS global condition context keys: those of every request of a user. */
const everyRequest = [
  ...[
    'aws:CurrentTime',
    'aws:EpochTime',
    'aws:SecureTransport',
    'aws:SourceIp',
    'aws:UserAgent',
    'aws:RequestedRegion',
  ],
  ...[
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:PrincipalType',
    'aws:PrincipalIsAWSService',
    'aws:ViaAWSService',
  ],
  ...['aws:userid', 'aws:username', 'aws:ResourceAccount', 'aws:PrincipalTag/team'],
]
for (const key of everyRequest)
  test(`a Deny by ${key} is obeyed`, async () => {
    await at.owner.iam.tagUser({ UserName: 'guarded', Tags: tags.Tags })
    const deny = { action: 'iam:ListUsers', condition: has(key) }
    await assert.rejects(askGuarded(at, credentials, deny, { sdk: Iam, client: Iam.IAM }, 'ListUsers', {}), {
      message: /explicit deny/,
    })
  })

test('what a request does not have is absent: MFA without a session, other services, a referer', async () => {
  for (const key of [
    'aws:MultiFactorAuthPresent',
    'aws:TokenIssueTime',
    'aws:CalledVia',
    'aws:SourceVpc',
    'aws:Referer',
  ]) {
    const deny = { action: 'iam:ListUsers', condition: has(key) }
    await askGuarded(at, credentials, deny, { sdk: Iam, client: Iam.IAM }, 'ListUsers', {})
  }
})

const byTag: readonly (readonly [
  action: string,
  key: string,
  service: string,
  operation: string,
  input: () => object,
])[] = [
  [
    'ecr:DescribeRepositories',
    'aws:ResourceTag/team',
    'ecr',
    'DescribeRepositories',
    () => ({ repositoryNames: ['box'] }),
  ],
  ['ecr:ListImages', 'ecr:ResourceTag/team', 'ecr', 'ListImages', () => ({ repositoryName: 'box' })],
  ['logs:DescribeLogStreams', 'aws:ResourceTag/team', 'logs', 'DescribeLogStreams', () => ({ logGroupName: 'box' })],
  ['kms:DescribeKey', 'aws:ResourceTag/team', 'kms', 'DescribeKey', () => ({ KeyId: keyArn })],
  ['kms:DescribeKey', 'kms:ResourceAliases', 'kms', 'DescribeKey', () => ({ KeyId: keyArn })],
  ['kms:DescribeKey', 'kms:KeySpec', 'kms', 'DescribeKey', () => ({ KeyId: keyArn })],
  ['iam:GetRole', 'iam:ResourceTag/team', 'iam', 'GetRole', () => ({ RoleName: 'bounded' })],
  [
    'iam:GetInstanceProfile',
    'aws:ResourceTag/team',
    'iam',
    'GetInstanceProfile',
    () => ({ InstanceProfileName: 'box' }),
  ],
  [
    'iam:GetPolicy',
    'aws:ResourceTag/team',
    'iam',
    'GetPolicy',
    () => ({ PolicyArn: `arn:aws:iam::${at.owner.id}:policy/box` }),
  ],
]
for (const [action, key, service, operation, input] of byTag)
  test(`${action}: a Deny by ${key} of what is there is obeyed`, async () => {
    const asked = services[service] ?? assert.fail(service)
    const deny = { action, condition: has(key) }
    await assert.rejects(askGuarded(at, credentials, deny, asked, operation, input()), denied(action))
  })
