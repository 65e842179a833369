import assert from 'node:assert/strict'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { MarketplaceMetering } from '@aws-sdk/client-marketplace-metering'
import { clientOf, installation } from './installation.ts'
import { differs, parityOf, refused, unverified, verified } from './parity.ts'

// What the services' own tests do not call: `coverage.test.ts` looks that nothing is left out.
const at = installation()
const ofS3 = parityOf('S3')
const ofEcr = parityOf('ECR')
const ofAgreement = parityOf('Marketplace Agreement')
const ofMetering = parityOf('Marketplace Metering')

ofS3(
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

ofS3(
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

ofS3(
  'PutBucketLogging PutBucketNotificationConfiguration PutBucketRequestPayment',
  differs('only what a bucket has anyway can be set; AWS serves the rest too'),
  'logging, notifications of queues and payment by requesters stay off',
  async () => {
    const { s3, bucket: Bucket } = at.owner
    await s3.putBucketLogging({ Bucket, BucketLoggingStatus: {} })
    await s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} })
    await s3.putBucketRequestPayment({ Bucket, RequestPaymentConfiguration: { Payer: 'BucketOwner' } })
    const logging = { LoggingEnabled: { TargetBucket: Bucket, TargetPrefix: 'log/' } }
    await refused(s3.putBucketLogging({ Bucket, BucketLoggingStatus: logging }), 'NotImplemented', /Logging/)
    const QueueConfigurations = [{ QueueArn: 'arn:aws:sqs:us-east-1:1:q', Events: ['s3:ObjectCreated:*' as const] }]
    const put = s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: { QueueConfigurations } })
    await refused(put, 'NotImplemented', /other than by EventBridgeConfiguration \(QueueConfigurations\)/)
    const payment = { RequestPaymentConfiguration: { Payer: 'Requester' as const } }
    await refused(s3.putBucketRequestPayment({ Bucket, ...payment }), 'NotImplemented', /Requester/)
  },
)

ofEcr(
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

ofAgreement(
  'GetAgreementPaymentRequest RejectAgreementPaymentRequest CancelAgreementPaymentRequest',
  unverified('AWS’s texts are not documented'),
  'what belongs to nothing that is there',
  async () => {
    const agreement = clientOf(MarketplaceAgreement, at)
    const named = { agreementId: 'agmt-absent', paymentRequestId: 'pr-absent' }
    for (const call of [
      () => agreement.getAgreementPaymentRequest(named),
      () => agreement.rejectAgreementPaymentRequest(named),
      () => agreement.cancelAgreementPaymentRequest(named),
    ])
      await refused(call(), 'ResourceNotFoundException', /agmt-absent|pr-absent/)
  },
)

ofMetering(
  'BatchMeterUsage',
  verified('AWS Marketplace Metering API Reference, BatchMeterUsage'),
  'a product that is not there',
  async () => {
    const UsageRecords = [{ Timestamp: new Date(), CustomerIdentifier: 'someone', Dimension: 'any' }]
    const asked = clientOf(MarketplaceMetering, at).batchMeterUsage({ ProductCode: 'absent', UsageRecords })
    await refused(asked, 'InvalidProductCodeException', /absent/)
  },
)
