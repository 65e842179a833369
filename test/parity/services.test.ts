import assert from 'node:assert/strict'
import { IAM } from '@aws-sdk/client-iam'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { MarketplaceMetering } from '@aws-sdk/client-marketplace-metering'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'

// What the services' own tests do not call: `coverage.test.ts` looks that nothing is left out.
const at = installation()

const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

parity(
  'PutRolePolicy GetRolePolicy ListRolePolicies AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy ListRoleTags ListInstanceProfilesForRole',
  verified('IAM API Reference'),
  'policies of a role, inline and attached',
  async () => {
    const { iam } = at.owner
    const RoleName = 'Parity'
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    })
    await iam.createRole({ RoleName, AssumeRolePolicyDocument, Tags: [{ Key: 'a', Value: 'b' }] })
    assert.deepEqual((await iam.listRoleTags({ RoleName })).Tags, [{ Key: 'a', Value: 'b' }])
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
    await refused(iam.getRolePolicy({ RoleName, PolicyName: 'none' }), 'NoSuchEntityException', /none/)
  },
)

parity(
  'PutUserPolicy GetUserPolicy ListUserPolicies AttachUserPolicy ListAttachedUserPolicies TagUser UntagUser ListGroupsForUser',
  verified('IAM API Reference'),
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
    const nobody = new IAM({ endpoint: at.url, region: 'us-east-1', credentials: at.stranger.credentials })
    await refused(nobody.listGroupsForUser({ UserName }), 'NoSuchEntityException', /parity/)
  },
)

parity(
  'DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls DeleteBucketTagging',
  verified('Amazon S3 API Reference'),
  'a bucket’s settings are taken away',
  async () => {
    const { s3 } = at.owner
    const Bucket = 'parity-settings'
    await s3.createBucket({ Bucket })
    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }]
    await s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules } })
    await s3.deleteBucketCors({ Bucket })
    await refused(s3.getBucketCors({ Bucket }), 'NoSuchCORSConfiguration', /CORS/)
    const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'old/' }, Expiration: { Days: 1 } }]
    await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } })
    await s3.deleteBucketLifecycle({ Bucket })
    await refused(s3.getBucketLifecycleConfiguration({ Bucket }), 'NoSuchLifecycleConfiguration', /lifecycle/)
    await s3.putBucketTagging({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })
    await s3.deleteBucketTagging({ Bucket })
    await refused(s3.getBucketTagging({ Bucket }), 'NoSuchTagSet', /TagSet/)
    const byKey = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const }, BucketKeyEnabled: true }
    await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules: [byKey] } })
    await s3.deleteBucketEncryption({ Bucket })
    const left = await s3.getBucketEncryption({ Bucket }).catch(() => undefined)
    assert.notEqual(left?.ServerSideEncryptionConfiguration?.Rules?.[0]?.BucketKeyEnabled, true)
    await s3.deleteBucketOwnershipControls({ Bucket })
    await refused(s3.getBucketOwnershipControls({ Bucket }), 'OwnershipControlsNotFoundError', /ownership/)
  },
)

parity(
  'GetObjectAcl PutObjectAcl GetBucketReplication GetBucketWebsite GetObjectLockConfiguration',
  verified('Amazon S3 API Reference and error responses'),
  'what was never set',
  async () => {
    const { s3, bucket: Bucket } = at.owner
    const Key = 'in/rows.csv'
    const { Grants, Owner } = await s3.getObjectAcl({ Bucket, Key })
    assert.deepEqual(
      Grants?.map(({ Permission, Grantee }) => [Permission, Grantee?.ID]),
      [['FULL_CONTROL', Owner?.ID]],
    )
    await s3.putObjectAcl({ Bucket, Key, ACL: 'private' })
    await refused(s3.putObjectAcl({ Bucket, Key, ACL: 'public-read' }), 'AccessControlListNotSupported', /ACLs/)
    await refused(s3.getBucketReplication({ Bucket }), 'ReplicationConfigurationNotFoundError', /replication/)
    await refused(s3.getBucketWebsite({ Bucket }), 'NoSuchWebsiteConfiguration', /website/)
    await refused(s3.getObjectLockConfiguration({ Bucket }), 'ObjectLockConfigurationNotFoundError', /Object Lock/)
  },
)

parity(
  'DescribeRegistry PutImageScanningConfiguration',
  verified('Amazon ECR API Reference'),
  'the registry and its scans',
  async () => {
    const { ecr, id } = at.owner
    assert.equal((await ecr.describeRegistry({})).registryId, id)
    const set = { repositoryName: 'probe', imageScanningConfiguration: { scanOnPush: false } }
    const { imageScanningConfiguration } = await ecr.putImageScanningConfiguration(set)
    assert.deepEqual(imageScanningConfiguration, { scanOnPush: false })
    const { repositories } = await ecr.describeRepositories({ repositoryNames: ['probe'] })
    assert.deepEqual(repositories?.[0]?.imageScanningConfiguration, { scanOnPush: false })
  },
)

parity(
  'GetAgreementPaymentRequest RejectAgreementPaymentRequest CancelAgreementPaymentRequest BatchMeterUsage',
  unverified('AWS’s texts are not documented'),
  'what belongs to nothing that is there',
  async () => {
    const options = { endpoint: at.url, region: 'us-east-1', credentials: at.owner.credentials }
    const agreement = new MarketplaceAgreement(options)
    const named = { agreementId: 'agmt-absent', paymentRequestId: 'pr-absent' }
    for (const call of [
      () => agreement.getAgreementPaymentRequest(named),
      () => agreement.rejectAgreementPaymentRequest(named),
      () => agreement.cancelAgreementPaymentRequest(named),
    ])
      await refused(call(), 'ResourceNotFoundException', /agmt-absent|pr-absent/)
    const metering = new MarketplaceMetering(options)
    const UsageRecords = [{ Timestamp: new Date(), CustomerIdentifier: 'someone', Dimension: 'any' }]
    await refused(
      metering.batchMeterUsage({ ProductCode: 'absent', UsageRecords }),
      'InvalidProductCodeException',
      /absent/,
    )
  },
)
