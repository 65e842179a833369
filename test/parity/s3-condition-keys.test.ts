import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as S3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { askGuarded, has, makeGuarded } from './guarded.ts'
import { clientOf, type Installation, installation } from './installation.ts'

class PathStyle extends S3.S3 {
  constructor(options: S3.S3ClientConfig) {
    super({ ...options, forcePathStyle: true })
  }
}
const sdk = { sdk: S3, client: PathStyle }
let credentials = { accessKeyId: '', secretAccessKey: '' }
const at = installation(async (opened: Installation) => {
  credentials = await makeGuarded(opened)
  const { s3, bucket } = opened.owner
  await s3.putObject({ Bucket: bucket, Key: 'tagged', Body: 'x', Tagging: 'team=red' })
})
const Bucket = 'parity-data'
const object = { Bucket, Key: 'tagged' }
const put = { Bucket, Key: 'new', Body: 'x' }
const TagSet = [{ Key: 'team', Value: 'red' }]

/** Amazon S3's part of the Service Authorization Reference: each key on an action that has it. */
const cases: readonly (readonly [action: string, key: string, operation: string, input: object])[] = [
  ...['s3:prefix', 's3:delimiter', 's3:max-keys'].map(
    key => ['s3:ListBucket', key, 'ListObjectsV2', { Bucket, Prefix: 'a', Delimiter: '/', MaxKeys: 1 }] as const,
  ),
  ...['s3:authType', 's3:signatureversion', 's3:signatureAge', 's3:x-amz-content-sha256', 's3:ResourceAccount'].map(
    key => ['s3:GetObject', key, 'GetObject', object] as const,
  ),
  ...['GetObject', 'GetObjectTagging', 'PutObjectTagging', 'DeleteObjectTagging', 'GetObjectAttributes'].map(
    operation =>
      [
        `s3:${operation}`,
        's3:ExistingObjectTag/team',
        operation,
        { ...object, Tagging: { TagSet }, ObjectAttributes: ['ETag'] },
      ] as const,
  ),
  ['s3:GetObjectVersion', 's3:versionid', 'GetObject', { ...object, VersionId: 'null' }],
  ['s3:PutObject', 's3:RequestObjectTag/team', 'PutObject', { ...put, Tagging: 'team=red' }],
  ['s3:PutObject', 's3:RequestObjectTagKeys', 'PutObject', { ...put, Tagging: 'team=red' }],
  ['s3:PutObjectTagging', 's3:RequestObjectTag/team', 'PutObjectTagging', { ...object, Tagging: { TagSet } }],
  ['s3:PutObject', 's3:x-amz-acl', 'PutObject', { ...put, ACL: 'private' }],
  ['s3:PutObject', 's3:x-amz-storage-class', 'PutObject', { ...put, StorageClass: 'STANDARD' }],
  ['s3:PutObject', 's3:x-amz-server-side-encryption', 'PutObject', { ...put, ServerSideEncryption: 'AES256' }],
  [
    's3:PutObject',
    's3:x-amz-server-side-encryption-aws-kms-key-id',
    'PutObject',
    { ...put, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/aws/s3' },
  ],
  ['s3:PutObject', 's3:if-none-match', 'PutObject', { ...put, IfNoneMatch: '*' }],
  ['s3:PutObject', 's3:x-amz-copy-source', 'CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/tagged` }],
  [
    's3:CreateBucket',
    's3:x-amz-object-ownership',
    'CreateBucket',
    { Bucket: 'mine', ObjectOwnership: 'BucketOwnerEnforced' },
  ],
  [
    's3:CreateBucket',
    's3:locationconstraint',
    'CreateBucket',
    { Bucket: 'mine', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } },
  ],
]
for (const [action, key, operation, input] of cases)
  test(`${action}: a Deny by ${key} is obeyed`, () =>
    assert.rejects(askGuarded(at, credentials, { action, condition: has(key) }, sdk, operation, input), {
      name: 'AccessDenied',
      message: /explicit deny/,
    }))

test('a presigned URL is told from a signed header, and by its age', async () => {
  const client = clientOf(PathStyle, at, { credentials })
  const deny = (condition: object) =>
    askGuarded(at, credentials, { action: 's3:GetObject', condition }, sdk, 'GetObject', object)
  await deny({ StringEquals: { 's3:authType': 'REST-QUERY-STRING' } })
  const url = await getSignedUrl(client as never, new S3.GetObjectCommand(object) as never, { expiresIn: 60 })
  assert.equal((await fetch(url)).status, 403)
  await deny({ NumericGreaterThan: { 's3:signatureAge': 600_000 } })
  assert.equal((await fetch(url)).status, 200)
  const old = await getSignedUrl(client as never, new S3.GetObjectCommand(object) as never, {
    ...{ expiresIn: 3600, signingDate: new Date(Date.now() - 1_200_000) },
  })
  assert.equal((await fetch(old)).status, 403)
  await deny({ StringLike: { 'aws:Referer': 'http://elsewhere.example/*' } })
  const from = (referer: string) => fetch(url, { headers: { referer }, referrerPolicy: 'unsafe-url' })
  assert.equal((await from('http://here.example/')).status, 200)
  assert.equal((await from('http://elsewhere.example/page')).status, 403)
})

test("a bucket's policy may name the keys too, and is refused for one that is not told", async () => {
  const { s3 } = at.owner
  const policy = (key: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          ...{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
          Condition: { StringEquals: { [key]: 'red' } },
        },
      ],
    })
  await s3.putBucketPolicy({ Bucket, Policy: policy('s3:ExistingObjectTag/team') })
  const guarded = askGuarded(at, credentials, { action: 's3:None', condition: {} }, sdk, 'GetObject', object)
  await assert.rejects(guarded, { name: 'AccessDenied' })
  await s3.deleteBucketPolicy({ Bucket })
  await assert.rejects(s3.putBucketPolicy({ Bucket, Policy: policy('s3:TlsVersion') }), { name: 'MalformedPolicy' })
})
