import { canonicalId, requireBucket } from './bucket.ts'
import { refuseAcl } from './object-headers.ts'
import { requireVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op } from './s3-operation.ts'

/** The owner has full control and nobody else anything: the one list there is, since policies decide. */
function ownersList(account: string) {
  const ID = canonicalId(account)
  return {
    Owner: { ID },
    Grants: [{ Grantee: { ID, Type: 'CanonicalUser' as const }, Permission: 'FULL_CONTROL' as const }],
  }
}

export const getBucketAcl: Op<'GetBucketAcl'> = async (input, ctx) =>
  ownersList((await requireBucket(ctx.store.db, input.Bucket)).account)

export const getObjectAcl: Op<'GetObjectAcl'> = async (input, ctx) => {
  await requireVersion(ctx, input)
  return ownersList((await requireBucket(ctx.store.db, input.Bucket)).account)
}

/** Takes the lists that change nothing: `private` and what a get answers. */
export const putBucketAcl: Op<'PutBucketAcl'> = async (input, ctx) => {
  const { account } = await requireBucket(ctx.store.db, input.Bucket)
  requireOwnersList(input, account)
  return {}
}

export const putObjectAcl: Op<'PutObjectAcl'> = async (input, ctx) => {
  await requireVersion(ctx, input)
  requireOwnersList(input, (await requireBucket(ctx.store.db, input.Bucket)).account)
  return {}
}

function requireOwnersList(input: In<'PutBucketAcl'> | In<'PutObjectAcl'>, account: string): void {
  refuseAcl(
    input,
    Object.keys(input).find(member => member.startsWith('Grant')),
  )
  const { AccessControlPolicy: policy, ACL: canned } = input
  if (policy === undefined && canned === undefined)
    throw s3Error('InvalidRequest', {}, 'Your request was missing a required header: x-amz-acl, or a list in the body.')
  const id = canonicalId(account)
  const others = (policy?.Grants ?? []).some(grant => grant.Grantee?.ID !== id || grant.Permission !== 'FULL_CONTROL')
  if (others || (policy?.Owner?.ID !== undefined && policy.Owner.ID !== id))
    throw s3Error(
      'AccessControlListNotSupported',
      {},
      'The bucket does not allow ACLs that grant anything to others than its owner. Use a bucket policy.',
    )
}
