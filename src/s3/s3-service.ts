import type * as Sdk from '@aws-sdk/client-s3'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket.ts'
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './bucket-encryption.ts'
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from './bucket-notification.ts'
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts'
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts'
import { copyObject } from './copy-object.ts'
import { deleteBucketCors, getBucketCors, putBucketCors } from './cors.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import type { DataKeys } from './encryption.ts'
import { getObject, headObject } from './get-object.ts'
import { deleteBucketLifecycle, getBucketLifecycleConfiguration, putBucketLifecycleConfiguration } from './lifecycle.ts'
import { listMultipartUploads } from './list-multipart-uploads.ts'
import { listObjectVersions } from './list-object-versions.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from './multipart-upload.ts'
import { getObjectAttributes } from './object-attributes.ts'
import { getObjectLockConfiguration, putObjectLockConfiguration } from './object-lock-configuration.ts'
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from './object-retention.ts'
import {
  deleteBucketOwnershipControls,
  getBucketOwnershipControls,
  putBucketOwnershipControls,
} from './ownership-controls.ts'
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access-block.ts'
import { putObject } from './put-object.ts'
import { accessOf } from './s3-access.ts'
import type { CheckPolicy, S3Injected } from './s3-operation.ts'
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from './tagging.ts'
import {
  getBucketAccelerateConfiguration,
  getBucketLogging,
  getBucketReplication,
  getBucketRequestPayment,
  getBucketWebsite,
  putBucketLogging,
  putBucketRequestPayment,
} from './unconfigured.ts'
import { listParts, uploadPart, uploadPartCopy } from './upload-part.ts'

type S3Api = SdkApi<typeof Sdk>

const operations = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteBucketCors: deleteBucketCors,
  DeleteBucketEncryption: deleteBucketEncryption,
  DeleteBucketLifecycle: deleteBucketLifecycle,
  DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
  DeleteBucketPolicy: deleteBucketPolicy,
  DeleteBucketTagging: deleteBucketTagging,
  DeleteObject: deleteObject,
  DeleteObjectTagging: deleteObjectTagging,
  DeleteObjects: deleteObjects,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  GetBucketAccelerateConfiguration: getBucketAccelerateConfiguration,
  GetBucketAcl: getBucketAcl,
  GetBucketCors: getBucketCors,
  GetBucketEncryption: getBucketEncryption,
  GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
  GetBucketLocation: getBucketLocation,
  GetBucketLogging: getBucketLogging,
  GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
  GetBucketOwnershipControls: getBucketOwnershipControls,
  GetBucketPolicy: getBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  GetBucketReplication: getBucketReplication,
  GetBucketRequestPayment: getBucketRequestPayment,
  GetBucketTagging: getBucketTagging,
  GetBucketVersioning: getBucketVersioning,
  GetBucketWebsite: getBucketWebsite,
  GetObject: getObject,
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectLegalHold: getObjectLegalHold,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetObjectRetention: getObjectRetention,
  PutBucketLogging: putBucketLogging,
  PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
  PutBucketRequestPayment: putBucketRequestPayment,
  PutObjectLegalHold: putObjectLegalHold,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  PutObjectRetention: putObjectRetention,
  GetObjectTagging: getObjectTagging,
  GetPublicAccessBlock: getPublicAccessBlock,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectVersions: listObjectVersions,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketAcl: putBucketAcl,
  PutBucketCors: putBucketCors,
  PutBucketEncryption: putBucketEncryption,
  PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration,
  PutBucketOwnershipControls: putBucketOwnershipControls,
  PutBucketPolicy: putBucketPolicy,
  PutBucketTagging: putBucketTagging,
  PutBucketVersioning: putBucketVersioning,
  PutObject: putObject,
  PutObjectAcl: putObjectAcl,
  PutObjectTagging: putObjectTagging,
  PutPublicAccessBlock: putPublicAccessBlock,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
}

/**
 * The S3 API. `keys` encrypt what is stored encrypted; without `kms` in them, KMS encryption is refused. `checkPolicy` is asked before
 * a bucket's policy is stored.
 */
export const createS3Service = (keys: DataKeys, checkPolicy: CheckPolicy): Service =>
  service<S3Api, S3Injected>({
    model: 's3',
    // Buckets are looked at once a request.
    parts: () => ({ keys, checkPolicy, buckets: new Map() }),
    operations: allAsk<S3Api, S3Injected>(accessOf, operations),
  })
