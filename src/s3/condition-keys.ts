type Input = Readonly<Record<string, unknown>>

/** Condition keys of S3 by the input member that they tell (Service Authorization Reference, "Condition keys for Amazon S3"). */
const conditionMembers: Readonly<Record<string, string>> = {
  Prefix: 's3:prefix',
  Delimiter: 's3:delimiter',
  MaxKeys: 's3:max-keys',
  VersionId: 's3:VersionId',
  ACL: 's3:x-amz-acl',
  CopySource: 's3:x-amz-copy-source',
  MetadataDirective: 's3:x-amz-metadata-directive',
  ServerSideEncryption: 's3:x-amz-server-side-encryption',
  SSEKMSKeyId: 's3:x-amz-server-side-encryption-aws-kms-key-id',
  StorageClass: 's3:x-amz-storage-class',
  IfMatch: 's3:if-match',
  IfNoneMatch: 's3:if-none-match',
}

/** The condition keys that a bucket policy may use here. */
export const conditionKeys: ReadonlySet<string> = new Set(
  Object.values(conditionMembers).map(name => name.toLowerCase()),
)

/** The condition keys that a request tells. */
export function conditionsOf(input: Input): Readonly<Record<string, string>> {
  const told = Object.entries(conditionMembers).filter(([member]) => input[member] !== undefined)
  return Object.fromEntries(told.map(([member, name]) => [name, String(input[member])]))
}
