import type { ServiceModel } from '../model/service-model.ts'

const reads = /^(Get|List|Describe|Head|Search|Lookup|Simulate|BatchGet|BatchDescribe|BatchCheck|Generate)/

/** Whether an operation only reads, as CloudTrail's readOnly says it. */
export const isReadOnly = (operation: string): boolean => reads.test(operation)

/** All of the service but what reads, and these, which use keys or content and change nothing. */
const writesBut =
  (...others: readonly string[]) =>
  (operation: string): boolean =>
    !isReadOnly(operation) && !others.includes(operation)

const only = (...operations: readonly string[]) => new Set(operations)

/** Whoever calls one of these has new credentials afterwards: their record is durable before they are told. */
const signIns: Readonly<Record<string, ReadonlySet<string>>> = {
  STS: only('AssumeRole', 'GetSessionToken'),
  ECR: only('GetAuthorizationToken'),
}

const s3Changes = only(
  ...['CreateBucket', 'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutObjectAcl'],
  ...['PutPublicAccessBlock', 'DeletePublicAccessBlock', 'PutBucketOwnershipControls', 'DeleteBucketOwnershipControls'],
  ...['PutBucketEncryption', 'DeleteBucketEncryption', 'PutBucketCors', 'DeleteBucketCors', 'PutBucketVersioning'],
  ...['PutBucketLifecycleConfiguration', 'DeleteBucketLifecycle'],
)

const ecrChanges = only(
  ...['CreateRepository', 'DeleteRepository', 'SetRepositoryPolicy', 'DeleteRepositoryPolicy', 'PutRegistryPolicy'],
  ...['DeleteRegistryPolicy', 'PutAccountSetting', 'PutRegistryScanningConfiguration', 'PutImageTagMutability'],
  ...['PutImageScanningConfiguration', 'PutLifecyclePolicy', 'DeleteLifecyclePolicy', 'BatchDeleteImage'],
  ...['CreateRepositoryCreationTemplate', 'UpdateRepositoryCreationTemplate', 'DeleteRepositoryCreationTemplate'],
)

const snsChanges = only('CreateTopic', 'DeleteTopic', 'SetTopicAttributes', 'AddPermission', 'RemovePermission')

/** What of each service changes who may do what: keys, policies, products on sale, subscriptions. By the model's `serviceId`. */
const changes: Readonly<Record<string, (operation: string) => boolean>> = {
  IAM: writesBut(),
  KMS: writesBut('Encrypt', 'Decrypt', 'ReEncrypt'),
  S3: operation => s3Changes.has(operation),
  ECR: operation => ecrChanges.has(operation),
  SNS: operation => snsChanges.has(operation),
  'Marketplace Catalog': writesBut(),
  'Marketplace Agreement': writesBut(),
  'Marketplace Reviews': writesBut(),
  'Marketplace Operator': writesBut(),
  SageMaker: operation => /^(Put|Delete)ModelPackageGroupPolicy$/.test(operation),
}

/** How a successful call of an operation comes into the security log; undefined when it does not. */
export function recordingOf(serviceId: string, operation: string): 'sign-in' | 'change' | undefined {
  if (signIns[serviceId]?.has(operation)) return 'sign-in'
  return changes[serviceId]?.(operation) ? 'change' : undefined
}

/** Sources that are not named after the service's signing name ("Logging with CloudTrail" of each API's guide). */
const sources: Readonly<Record<string, string>> = {
  'Marketplace Catalog': 'marketplacecatalog.amazonaws.com',
  'Marketplace Agreement': 'agreement-marketplace.amazonaws.com',
  'Marketplace Metering': 'metering-marketplace.amazonaws.com',
}

/** `iam.amazonaws.com`. */
export const sourceOf = ({ metadata }: ServiceModel): string =>
  sources[metadata.serviceId] ?? `${metadata.signingName ?? metadata.endpointPrefix}.amazonaws.com`
