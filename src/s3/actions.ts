type Input = Readonly<Record<string, unknown>>

/** The IAM action of an operation (Service Authorization Reference, "Actions defined by Amazon S3") and what it is about. */
export interface ActionRule {
  readonly on: 'account' | 'bucket' | 'object' | 'each key'
  readonly action: string
  /** The action when a version is named. */
  readonly versionAction?: string
  /** Further actions on the same resource that the input calls for. */
  readonly further?: (input: Input) => readonly string[]
  readonly resource?: (input: Input) => string
}

const onBucket = (action: string): ActionRule => ({ on: 'bucket', action: `s3:${action}` })
const onObject = (action: string, versionAction?: string): ActionRule => ({
  on: 'object',
  action: `s3:${action}`,
  versionAction: versionAction && `s3:${versionAction}`,
})

const write: ActionRule = {
  ...onObject('PutObject'),
  further: input => [
    ...(input.Tagging === undefined ? [] : ['s3:PutObjectTagging']),
    ...(input.ObjectLockMode === undefined ? [] : ['s3:PutObjectRetention']),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : ['s3:PutObjectLegalHold']),
  ],
}

/** Governance gives way only to those who may bypass it. */
const bypassing = (rule: ActionRule): ActionRule => ({
  ...rule,
  further: input => (input.BypassGovernanceRetention === true ? ['s3:BypassGovernanceRetention'] : []),
})

export const actions: Readonly<Record<string, ActionRule>> = {
  ListBuckets: { on: 'account', action: 's3:ListAllMyBuckets' },
  CreateBucket: { on: 'account', action: 's3:CreateBucket', resource: input => `arn:aws:s3:::${input.Bucket}` },
  DeleteBucket: onBucket('DeleteBucket'),
  HeadBucket: onBucket('ListBucket'),
  GetBucketLocation: onBucket('GetBucketLocation'),
  ListObjects: onBucket('ListBucket'),
  ListObjectsV2: onBucket('ListBucket'),
  ListObjectVersions: onBucket('ListBucketVersions'),
  ListMultipartUploads: onBucket('ListBucketMultipartUploads'),
  GetBucketVersioning: onBucket('GetBucketVersioning'),
  PutBucketVersioning: onBucket('PutBucketVersioning'),
  GetBucketPolicy: onBucket('GetBucketPolicy'),
  PutBucketPolicy: onBucket('PutBucketPolicy'),
  DeleteBucketPolicy: onBucket('DeleteBucketPolicy'),
  GetBucketPolicyStatus: onBucket('GetBucketPolicyStatus'),
  GetPublicAccessBlock: onBucket('GetBucketPublicAccessBlock'),
  PutPublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  DeletePublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  GetBucketCors: onBucket('GetBucketCORS'),
  PutBucketCors: onBucket('PutBucketCORS'),
  DeleteBucketCors: onBucket('PutBucketCORS'),
  GetBucketEncryption: onBucket('GetEncryptionConfiguration'),
  PutBucketEncryption: onBucket('PutEncryptionConfiguration'),
  DeleteBucketEncryption: onBucket('PutEncryptionConfiguration'),
  GetBucketLifecycleConfiguration: onBucket('GetLifecycleConfiguration'),
  PutBucketLifecycleConfiguration: onBucket('PutLifecycleConfiguration'),
  DeleteBucketLifecycle: onBucket('PutLifecycleConfiguration'),
  GetBucketTagging: onBucket('GetBucketTagging'),
  PutBucketTagging: onBucket('PutBucketTagging'),
  DeleteBucketTagging: onBucket('PutBucketTagging'),
  GetBucketAcl: onBucket('GetBucketAcl'),
  PutBucketAcl: onBucket('PutBucketAcl'),
  GetBucketOwnershipControls: onBucket('GetBucketOwnershipControls'),
  PutBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  DeleteBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  GetBucketLogging: onBucket('GetBucketLogging'),
  GetBucketNotificationConfiguration: onBucket('GetBucketNotification'),
  PutBucketLogging: onBucket('PutBucketLogging'),
  PutBucketNotificationConfiguration: onBucket('PutBucketNotification'),
  PutBucketRequestPayment: onBucket('PutBucketRequestPayment'),
  GetBucketReplication: onBucket('GetReplicationConfiguration'),
  GetBucketWebsite: onBucket('GetBucketWebsite'),
  GetBucketAccelerateConfiguration: onBucket('GetAccelerateConfiguration'),
  GetBucketRequestPayment: onBucket('GetBucketRequestPayment'),
  GetObjectLockConfiguration: onBucket('GetBucketObjectLockConfiguration'),
  PutObjectLockConfiguration: onBucket('PutBucketObjectLockConfiguration'),
  GetObjectRetention: onObject('GetObjectRetention'),
  PutObjectRetention: bypassing(onObject('PutObjectRetention')),
  GetObjectLegalHold: onObject('GetObjectLegalHold'),
  PutObjectLegalHold: onObject('PutObjectLegalHold'),
  PutObject: write,
  CopyObject: write,
  CreateMultipartUpload: write,
  UploadPart: onObject('PutObject'),
  UploadPartCopy: onObject('PutObject'),
  CompleteMultipartUpload: onObject('PutObject'),
  AbortMultipartUpload: onObject('AbortMultipartUpload'),
  ListParts: onObject('ListMultipartUploadParts'),
  GetObject: onObject('GetObject', 'GetObjectVersion'),
  HeadObject: onObject('GetObject', 'GetObjectVersion'),
  GetObjectAttributes: {
    ...onObject('GetObject', 'GetObjectVersion'),
    further: input => [input.VersionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes'],
  },
  DeleteObject: bypassing(onObject('DeleteObject', 'DeleteObjectVersion')),
  DeleteObjects: { on: 'each key', action: 's3:DeleteObject', versionAction: 's3:DeleteObjectVersion' },
  GetObjectTagging: onObject('GetObjectTagging', 'GetObjectVersionTagging'),
  PutObjectTagging: onObject('PutObjectTagging', 'PutObjectVersionTagging'),
  DeleteObjectTagging: onObject('DeleteObjectTagging', 'DeleteObjectVersionTagging'),
  GetObjectAcl: onObject('GetObjectAcl', 'GetObjectVersionAcl'),
  PutObjectAcl: onObject('PutObjectAcl', 'PutObjectVersionAcl'),
}
