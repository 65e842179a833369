import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { prepared } from '../store/prepared.ts'
import type { Store } from '../store/store.ts'
import { requireBucketName } from './bucket-name.ts'
import { bucketPage } from './bucket-page.ts'
import type { Bucket, BucketConfiguration } from './bucket-row.ts'
import { refuseAcl } from './object-headers.ts'
import { removeUpload } from './part-store.ts'
import { notImplemented, s3Error } from './s3-error.ts'
import type { Op, Out, S3Parts } from './s3-operation.ts'
import { requireTags } from './tag-set.ts'

const bucketByName = prepared((db, name: string) => db.selectFrom('s3_bucket').selectAll().where('name', '=', name))

/** Throws NoSuchBucket. */
export async function requireBucket(db: Kysely<Database>, name: string): Promise<Bucket> {
  const [row] = await bucketByName(db, name)
  if (!row) throw s3Error('NoSuchBucket', { BucketName: name })
  return { ...row, configuration: JSON.parse(row.configuration) }
}

/** The bucket as this request found it first: what was allowed for it is done with the same one. Throws NoSuchBucket. */
export async function askedBucket({ store, buckets }: Pick<S3Parts, 'store' | 'buckets'>, name: string) {
  const bucket = buckets?.get(name) ?? (await requireBucket(store.db, name))
  buckets?.set(name, bucket)
  return bucket
}

/** Changes one setting of a bucket; undefined removes it. */
export async function configureBucket(store: Store, name: string, change: Partial<BucketConfiguration>): Promise<void> {
  await store.transaction(async tx => {
    const bucket = await requireBucket(tx.db, name)
    const configuration = JSON.stringify({ ...bucket.configuration, ...change })
    await tx.db.updateTable('s3_bucket').set({ configuration }).where('name', '=', name).execute()
  })
}

/** An account's canonical user id: 64 hex digits, here derived from the account's number. */
export const canonicalId = (account: string): string =>
  createHash('sha256').update(`canonical:${account}`).digest('hex')

export const createBucket: Op<'CreateBucket'> = async (input, ctx) => {
  const name = requireBucketName(input.Bucket)
  refuseAcl(
    input,
    Object.keys(input).find(member => member.startsWith('Grant')),
    true,
  )
  if (input.BucketNamespace === 'account-regional') throw notImplemented('The account-regional bucket namespace')
  if (input.ObjectOwnership !== undefined) requireOwnership(input.ObjectOwnership)
  const { Location, Bucket: directory, Tags } = input.CreateBucketConfiguration ?? {}
  if (Location || directory) throw notImplemented('Directory buckets')
  const region = requireLocation(ctx.region, input.CreateBucketConfiguration?.LocationConstraint)
  const locked = input.ObjectLockEnabledForBucket === true
  const configuration = JSON.stringify({
    ...(Tags && { tags: requireTags(Tags, 50) }),
    ...(locked && { objectLock: {} }),
  })
  const created = ctx.now().getTime()
  await ctx.store.transaction(async ({ db }) => {
    const existing = await db.selectFrom('s3_bucket').select('account').where('name', '=', name).executeTakeFirst()
    if (existing && existing.account !== ctx.account) throw s3Error('BucketAlreadyExists', { BucketName: name })
    // us-east-1 alone takes a repeated creation for success (S3 API Reference, CreateBucket).
    if (existing && region !== 'us-east-1') throw s3Error('BucketAlreadyOwnedByYou', { BucketName: name })
    if (existing) return
    const row = { name, account: ctx.account, region, created, versioning: locked ? 'Enabled' : '', configuration }
    await db.insertInto('s3_bucket').values(row).execute()
  })
  return { Location: `/${name}`, BucketArn: `arn:aws:s3:::${name}` }
}

/** Only the ownership that needs no ACLs is served. */
export function requireOwnership(ownership: string): void {
  if (ownership !== 'BucketOwnerEnforced') throw notImplemented(`Object ownership ${ownership}, which needs ACLs,`)
}

function requireLocation(region: string, constraint: string | undefined): string {
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint
  if (region === 'us-east-1' || wanted === region) return wanted ?? region
  throw s3Error(
    'IllegalLocationConstraintException',
    {},
    `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
}

export const deleteBucket: Op<'DeleteBucket'> = async (input, ctx) => {
  await ctx.store.transaction(async ({ db }) => {
    await requireBucket(db, input.Bucket)
    const some = await db
      .selectFrom('s3_version')
      .select('ordinal')
      .where('bucket', '=', input.Bucket)
      .limit(1)
      .execute()
    if (some.length > 0) throw s3Error('BucketNotEmpty', { BucketName: input.Bucket })
    const uploads = await db.selectFrom('s3_upload').select('id').where('bucket', '=', input.Bucket).execute()
    for (const upload of uploads) await removeUpload(db, upload.id)
    await db.deleteFrom('s3_bucket').where('name', '=', input.Bucket).execute()
  })
  return {}
}

export const headBucket: Op<'HeadBucket'> = async (input, ctx) => {
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  return { BucketRegion: bucket.region, BucketArn: `arn:aws:s3:::${bucket.name}`, AccessPointAlias: false }
}

export const getBucketLocation: Op<'GetBucketLocation'> = async (input, ctx) => {
  const { region } = await requireBucket(ctx.store.db, input.Bucket)
  return region === 'us-east-1' ? {} : { LocationConstraint: region as Out<'GetBucketLocation'>['LocationConstraint'] }
}

export const listBuckets: Op<'ListBuckets'> = async (input, ctx) => {
  const { buckets, next } = await bucketPage(ctx, input)
  return {
    Owner: { ID: canonicalId(ctx.account) },
    Buckets: buckets.map(bucket => ({
      Name: bucket.name,
      CreationDate: new Date(bucket.created),
      BucketRegion: bucket.region,
      BucketArn: `arn:aws:s3:::${bucket.name}`,
    })),
    ContinuationToken: next,
    Prefix: input.Prefix,
  }
}
