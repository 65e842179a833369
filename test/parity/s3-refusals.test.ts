import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetObjectCommand, S3, type StorageClass } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const Bucket = 'parity-refusals'
const at = installation(({ owner: { s3 } }) => s3.createBucket({ Bucket }))
const parity = parityOf('S3')
const errors = verified('Amazon S3 API Reference, Error responses')

parity('PutBucketVersioning DeleteObjects', errors, 'a body that breaks the schema is malformed XML', async () => {
  const { s3 } = at.owner
  const VersioningConfiguration = { Status: 'Perhaps' as 'Enabled' }
  await refused(s3.putBucketVersioning({ Bucket, VersioningConfiguration }), 'MalformedXML', /'Perhaps' at/)
  await refused(s3.deleteObjects({ Bucket, Delete: { Objects: [] } }), 'MalformedXML', /delete\.objects/)
})

parity('PutObject PutObjectTagging CreateBucket', errors, 'headers that S3 has codes of its own for', async () => {
  const { s3 } = at.owner
  const put = (more: object) => s3.putObject({ Bucket, Key: 'k', Body: 'x', ...more })
  await refused(put({ StorageClass: 'SHELF' as StorageClass }), 'InvalidStorageClass', /not valid/)
  await refused(put({ WebsiteRedirectLocation: 'elsewhere' }), 'InvalidRedirectLocation', /must have a prefix of/)
  await put({ WebsiteRedirectLocation: 'https://example.com/' })
  assert.equal((await s3.headObject({ Bucket, Key: 'k' })).WebsiteRedirectLocation, 'https://example.com/')
  const TagSet = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
  const tooMany = 'Object tags cannot be greater than 10'
  await refused(s3.putObjectTagging({ Bucket, Key: 'k', Tagging: { TagSet } }), 'BadRequest', tooMany)
  await refused(put({ Tagging: TagSet.map(({ Key }) => `${Key}=`).join('&') }), 'BadRequest', tooMany)
  const isPublic = s3.createBucket({ Bucket: 'parity-public', ACL: 'public-read' })
  await refused(isPublic, 'InvalidBucketAclWithObjectOwnership', /public-read/)
})

parity(
  'GetObject CopyObject UploadPartCopy',
  verified('Amazon S3 User Guide, Working with delete markers; Error responses'),
  'version ids that are none, and delete markers',
  async () => {
    const { s3 } = at.owner
    await s3.createBucket({ Bucket: 'parity-markers' })
    const at405 = { Bucket: 'parity-markers', Key: 'k' }
    await s3.putBucketVersioning({ Bucket: at405.Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    await s3.putObject({ ...at405, Body: 'x' })
    const { VersionId } = await s3.deleteObject(at405)
    await refused(s3.getObject({ ...at405, VersionId: 'none' }), 'InvalidArgument', 'Invalid version id specified')
    await refused(s3.getObject({ ...at405, VersionId: 'a'.repeat(32) }), 'NoSuchVersion', /does not exist/)
    const answer = await fetch(await getSignedUrl(client(), new GetObjectCommand({ ...at405, VersionId })))
    assert.deepEqual(
      [answer.status, answer.headers.get('allow'), answer.headers.get('x-amz-delete-marker')],
      [405, 'DELETE', 'true'],
    )
    const CopySource = `${at405.Bucket}/k?versionId=${VersionId}`
    const marker = /may not specifically refer to a delete marker/
    await refused(s3.copyObject({ Bucket, Key: 'copied', CopySource }), 'InvalidRequest', marker)
    const upload = {
      Bucket,
      Key: 'parts',
      UploadId: (await s3.createMultipartUpload({ Bucket, Key: 'parts' })).UploadId,
    }
    await refused(s3.uploadPartCopy({ ...upload, PartNumber: 1, CopySource }), 'InvalidRequest', marker)
    await s3.putObject({ Bucket, Key: 'source', Body: '0123456789' })
    const beyond = { ...upload, PartNumber: 1, CopySource: `${Bucket}/source`, CopySourceRange: 'bytes=0-10' }
    await refused(s3.uploadPartCopy(beyond), 'InvalidArgument', /not valid for source object of size: 10/)
  },
)

parity(
  'CreateMultipartUpload UploadPart CompleteMultipartUpload',
  verified('Amazon S3 API Reference, CompleteMultipartUpload; Error responses'),
  'a composite checksum is made of the checksums that are named',
  async () => {
    const { s3 } = at.owner
    const asked = { Bucket, Key: 'composite', ChecksumAlgorithm: 'SHA256' as const }
    const upload = { Bucket, Key: 'composite', UploadId: (await s3.createMultipartUpload(asked)).UploadId }
    const { ETag, ChecksumSHA256 } = await s3.uploadPart({
      ...upload,
      PartNumber: 1,
      Body: 'x',
      ChecksumAlgorithm: 'SHA256',
    })
    const part = { PartNumber: 1, ETag }
    const without = s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: [part] } })
    await refused(without, 'InvalidRequest', /created using a sha256 checksum.*missing for part 1 in the request/)
    const done = await s3.completeMultipartUpload({
      ...upload,
      MultipartUpload: { Parts: [{ ...part, ChecksumSHA256 }] },
    })
    assert.match(done.ChecksumSHA256 ?? '', /-1$/)
  },
)

parity('ListObjectsV2', verified('Amazon S3 API Reference, ListObjectsV2'), 'an empty delimiter is none', async () => {
  const { s3 } = at.owner
  assert.equal((await s3.listObjectsV2({ Bucket, Delimiter: '' })).Delimiter, undefined)
  assert.equal((await s3.listObjectsV2({ Bucket, Delimiter: '/' })).Delimiter, '/')
})

parity(
  'PutBucketPolicy GetBucketPolicy',
  verified('IAM User Guide, AWS JSON policy elements: Principal; Amazon S3 API Reference, Error responses'),
  'who is named in a policy must be there, as far as the account is one of this installation',
  async () => {
    const { s3, iam, id } = at.owner
    const naming = (AWS: string) => {
      const statement = {
        Effect: 'Allow',
        Principal: { AWS },
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      }
      return s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) })
    }
    const reader = `arn:aws:iam::${id}:user/reader`
    await refused(naming(reader), 'MalformedPolicy', `Invalid principal in policy: "AWS":"${reader}"`)
    await iam.createUser({ UserName: 'reader' })
    await naming(reader)
    await naming('arn:aws:iam::999999999999:role/elsewhere')
    assert.match((await s3.getBucketPolicy({ Bucket })).Policy ?? '', /999999999999:role\/elsewhere/)
  },
)

test('a presigned URL that says nonsense is told which of its parameters does', async () => {
  const url = await getSignedUrl(client(), new GetObjectCommand({ Bucket, Key: 'k' }))
  for (const [from, to] of [
    ['X-Amz-Expires=900', 'X-Amz-Expires=604801'],
    ['X-Amz-Date=', 'X-Amz-Day='],
    ['aws4_request', 'aws4'],
    ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'],
  ] as const) {
    const answer = await fetch(url.replace(from, to))
    assert.deepEqual([from, answer.status], [from, 400])
    assert.match(await answer.text(), /<Code>AuthorizationQueryParametersError<\/Code>/)
  }
})

test('a request whose body is missing is told so', async () => {
  const bare = client()
  bare.middlewareStack.add(
    next => args => {
      const request = args.request as { body?: string; headers: Record<string, string> }
      request.body = ''
      for (const name of Object.keys(request.headers)) if (/checksum/.test(name)) delete request.headers[name]
      request.headers['content-length'] = '0'
      return next(args)
    },
    { step: 'build', priority: 'low' },
  )
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await refused(bare.putBucketVersioning({ Bucket, VersioningConfiguration }), 'MissingRequestBodyError', /null at/)
})

/** Signs by itself; the installation's clients are watched, which the signer cannot see through. */
const client = () =>
  new S3({ endpoint: at.url, region: 'us-east-1', forcePathStyle: true, credentials: at.owner.credentials })
