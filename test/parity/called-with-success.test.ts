import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { parityOf, verified } from './parity.ts'

// What no other test of an official client is answered with success: `never-called.ts` looks that nothing is left out.
const at = installation()
const ofS3 = parityOf('S3')
const ofEcr = parityOf('ECR')

ofS3(
  'GetBucketAccelerateConfiguration GetBucketEncryption GetBucketLocation GetBucketLogging GetBucketNotificationConfiguration GetBucketRequestPayment',
  verified('Amazon S3 API Reference'),
  'a new bucket’s settings are read as S3 has them',
  async () => {
    const { s3 } = at.owner
    const Bucket = 'parity-new'
    await s3.createBucket({ Bucket })
    assert.equal((await s3.getBucketAccelerateConfiguration({ Bucket })).Status, undefined)
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }]
    await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } })
    const { ServerSideEncryptionConfiguration: encryption } = await s3.getBucketEncryption({ Bucket })
    assert.equal(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256')
    assert.equal((await s3.getBucketLocation({ Bucket })).LocationConstraint, undefined)
    assert.equal((await s3.getBucketLogging({ Bucket })).LoggingEnabled, undefined)
    assert.equal((await s3.getBucketNotificationConfiguration({ Bucket })).QueueConfigurations, undefined)
    assert.equal((await s3.getBucketRequestPayment({ Bucket })).Payer, 'BucketOwner')
  },
)

ofS3(
  'GetPublicAccessBlock DeletePublicAccessBlock PutBucketOwnershipControls GetBucketOwnershipControls PutBucketAcl',
  verified('Amazon S3 API Reference'),
  'who owns what is put into a bucket, and whether it may be public',
  async () => {
    const { s3 } = at.owner
    const Bucket = 'parity-owned'
    await s3.createBucket({ Bucket })
    assert.equal((await s3.getPublicAccessBlock({ Bucket })).PublicAccessBlockConfiguration?.BlockPublicAcls, true)
    await s3.deletePublicAccessBlock({ Bucket })
    const Rules = [{ ObjectOwnership: 'BucketOwnerEnforced' as const }]
    await s3.putBucketOwnershipControls({ Bucket, OwnershipControls: { Rules } })
    assert.deepEqual((await s3.getBucketOwnershipControls({ Bucket })).OwnershipControls?.Rules, Rules)
    await s3.putBucketAcl({ Bucket, ACL: 'private' })
  },
)

ofS3(
  'PutObjectTagging GetObjectTagging DeleteObjectTagging ListMultipartUploads AbortMultipartUpload',
  verified('Amazon S3 API Reference'),
  'tags of an object, and an upload that is given up',
  async () => {
    const { s3 } = at.owner
    const Bucket = 'parity-objects'
    const Key = 'k'
    await s3.createBucket({ Bucket })
    await s3.putObject({ Bucket, Key, Body: 'x' })
    await s3.putObjectTagging({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })
    assert.deepEqual((await s3.getObjectTagging({ Bucket, Key })).TagSet, [{ Key: 'a', Value: 'b' }])
    await s3.deleteObjectTagging({ Bucket, Key })
    assert.deepEqual((await s3.getObjectTagging({ Bucket, Key })).TagSet, [])
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'parts' })
    assert.equal((await s3.listMultipartUploads({ Bucket })).Uploads?.[0]?.UploadId, UploadId)
    await s3.abortMultipartUpload({ Bucket, Key: 'parts', UploadId })
    assert.equal((await s3.listMultipartUploads({ Bucket })).Uploads, undefined)
  },
)

ofEcr(
  'BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage BatchDeleteImage',
  verified('Amazon ECR API Reference'),
  'an image’s layers are there, can be fetched, and go with it',
  async () => {
    const { ecr } = at.owner
    const repositoryName = 'probe'
    const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageTag: 'latest' }] })
    const { layers } = JSON.parse(images?.[0]?.imageManifest ?? '{}')
    const layerDigest = layers[0].digest
    const found = await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests: [layerDigest] })
    assert.equal(found.layers?.[0]?.layerAvailability, 'AVAILABLE')
    const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest })
    assert.equal((await (await fetch(downloadUrl ?? '')).arrayBuffer()).byteLength, layers[0].size)
    const gone = await ecr.batchDeleteImage({ repositoryName, imageIds: [{ imageTag: 'latest' }] })
    assert.equal(gone.imageIds?.[0]?.imageTag, 'latest')
  },
)

ofEcr(
  'SetRepositoryPolicy GetRepositoryPolicy PutLifecyclePolicy DeleteLifecyclePolicy PutImageTagMutability DeleteRepository',
  verified('Amazon ECR API Reference'),
  'a repository’s settings, and its end',
  async () => {
    const { ecr, id } = at.owner
    const repositoryName = 'parity-settings'
    await ecr.createRepository({ repositoryName })
    const statement = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'ecr:BatchGetImage' }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await ecr.setRepositoryPolicy({ repositoryName, policyText })
    assert.match((await ecr.getRepositoryPolicy({ repositoryName })).policyText ?? '', /BatchGetImage/)
    const selection = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 }
    const rules = [{ rulePriority: 1, selection, action: { type: 'expire' } }]
    await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText: JSON.stringify({ rules }) })
    assert.match((await ecr.deleteLifecyclePolicy({ repositoryName })).lifecyclePolicyText ?? '', /untagged/)
    const { imageTagMutability } = await ecr.putImageTagMutability({ repositoryName, imageTagMutability: 'IMMUTABLE' })
    assert.equal(imageTagMutability, 'IMMUTABLE')
    assert.equal((await ecr.deleteRepository({ repositoryName })).repository?.repositoryName, repositoryName)
  },
)
