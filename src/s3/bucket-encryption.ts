import { configureBucket, requireBucket } from './bucket.ts'
import type { Bucket } from './bucket-row.ts'
import { customerKeyOf, newCustomerEncryption } from './customer-key.ts'
import { type Encryption, newEncryption } from './encryption.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { Op, S3Asker } from './s3-operation.ts'

/** How new content of a bucket is encrypted: as the request says, else by the bucket's default, else not at all. */
export async function encryptionFor(
  asker: S3Asker,
  bucket: Bucket,
  input: {
    readonly Key: string
    readonly ServerSideEncryption?: string
    readonly SSEKMSKeyId?: string
    readonly BucketKeyEnabled?: boolean
    readonly SSECustomerAlgorithm?: string
    readonly SSECustomerKey?: string
    readonly SSECustomerKeyMD5?: string
  },
  content: string,
): Promise<{ encryption: Encryption; key: Uint8Array } | undefined> {
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: keyId, BucketKeyEnabled: bucketKey } = input
  if (algorithm === undefined && keyId !== undefined)
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-server-side-encryption' },
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    )
  const arn = `arn:aws:s3:::${bucket.name}/${input.Key}`
  const customer = customerKeyOf(input)
  if (customer && algorithm !== undefined)
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue: algorithm },
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    )
  if (customer) return newCustomerEncryption(customer, content, arn)
  const request = algorithm === undefined ? defaultOf(bucket) : { algorithm, keyId, bucketKey }
  return newEncryption(asker.keys, asker.principal, bucket.region, request, content, arn)
}

function defaultOf(bucket: Bucket) {
  const rule = bucket.configuration.encryption?.Rules[0]
  const chosen = rule?.ApplyServerSideEncryptionByDefault
  if (!chosen) return undefined
  return { algorithm: chosen.SSEAlgorithm, keyId: chosen.KMSMasterKeyID, bucketKey: rule.BucketKeyEnabled }
}

export const putBucketEncryption: Op<'PutBucketEncryption'> = async (input, ctx) => {
  const encryption = input.ServerSideEncryptionConfiguration
  const rule = encryption.Rules[0]
  if (encryption.Rules.length !== 1 || !rule) throw s3Error('MalformedXML')
  if (rule.BlockedEncryptionTypes) throw notImplemented('Blocking encryption types')
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } = rule.ApplyServerSideEncryptionByDefault ?? {}
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms')
    throw notImplemented(`Server-side encryption with ${algorithm}`)
  if (algorithm === 'aws:kms' && !ctx.keys.kms)
    throw notImplemented('Server-side encryption with KMS keys, as no KMS is configured,')
  if (algorithm === 'AES256' && keyId !== undefined)
    throw s3Error(
      'InvalidArgument',
      {},
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
    )
  await configureBucket(ctx.store, input.Bucket, { encryption })
  return {}
}

export const getBucketEncryption: Op<'GetBucketEncryption'> = async (input, ctx) => {
  const { encryption } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (!encryption) throw s3Error('ServerSideEncryptionConfigurationNotFoundError', { BucketName: input.Bucket })
  return { ServerSideEncryptionConfiguration: encryption }
}

export const deleteBucketEncryption: Op<'DeleteBucketEncryption'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { encryption: undefined })
  return {}
}
