import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ECR } from '@aws-sdk/client-ecr'
import { sql } from 'kysely'
import { openInstallation as openData } from '../../src/cli/installation.ts'
import { setQuota } from '../../src/quotas/account-quota.ts'
import { quotas } from '../../src/quotas/quotas.ts'
import type { Db } from '../../src/store/database.ts'
import { clientOf, installation } from './installation.ts'
import { refused } from './parity.ts'

const at = installation()
const gigabyte = 1e9

async function onRows<Answer>(work: (db: Db) => Promise<Answer>): Promise<Answer> {
  const { store } = await openData({ data: at.data })
  try {
    return await store.transaction(({ db }) => work(db))
  } finally {
    await store.close()
  }
}

type Service = 's3' | 'ecr'

const usage = (service: Service) =>
  onRows(async db => {
    const row = db.selectFrom('storage_usage').select('bytes').where('service', '=', service)
    return (await row.where('account', '=', at.owner.id).executeTakeFirst())?.bytes ?? 0
  })

/** What there is, counted anew. */
const recount = (service: Service) =>
  onRows(async db => {
    const sum =
      service === 's3'
        ? sql<{
            bytes: string
          }>`select (select coalesce(sum(v.size), 0) from s3_version v join s3_bucket b on b.name = v.bucket where b.account = ${at.owner.id})
            + (select coalesce(sum(p.size), 0) from s3_part p join s3_upload u on u.id = p.content join s3_bucket b on b.name = u.bucket where b.account = ${at.owner.id}) as bytes`
        : sql<{
            bytes: string
          }>`select (select coalesce(sum(l.size), 0) from ecr_repository_blob l join ecr_repository r on r.id = l.repository where r.account = ${at.owner.id})
            + (select coalesce(sum(u.received), 0) from ecr_upload u join ecr_repository r on r.id = u.repository where r.account = ${at.owner.id}) as bytes`
    return Number((await sum.execute(db)).rows[0]?.bytes)
  })

const allow = (service: Service, value: number) =>
  onRows(db => setQuota(db, at.owner.id, { service, quota: quotas[service].storage }, value))

/** As if the account had stored so much already: nobody writes a gigabyte for a test. */
const pretend = (service: Service, bytes: number) =>
  onRows(db =>
    db
      .updateTable('storage_usage')
      .set({ bytes })
      .where('service', '=', service)
      .where('account', '=', at.owner.id)
      .execute(),
  )

test('what is stored is counted by every way in and out', async () => {
  const { s3 } = at.owner
  const Bucket = 'counted'
  const before = await usage('s3')
  assert.equal(before, await recount('s3'))
  await s3.createBucket({ Bucket })
  const holds = async (bytes: number, what: string) => {
    assert.equal(await usage('s3'), before + bytes, what)
    assert.equal(await recount('s3'), before + bytes, `${what}, recounted`)
  }
  await s3.putObject({ Bucket, Key: 'a', Body: 'x'.repeat(100) })
  await s3.putObject({ Bucket, Key: 'a', Body: 'x'.repeat(70) })
  await holds(70, 'replaced')
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  await s3.putObject({ Bucket, Key: 'a', Body: 'x'.repeat(30) })
  await s3.deleteObject({ Bucket, Key: 'a' })
  await holds(100, 'versions stay under a delete marker')
  await s3.copyObject({ Bucket, Key: 'copy', CopySource: 'counted/a?versionId=null' })
  await holds(170, 'copied')

  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'large' })
  const part = (PartNumber: number, size: number) =>
    s3.uploadPart({ Bucket, Key: 'large', UploadId, PartNumber, Body: Buffer.alloc(size) })
  const first = await part(1, 5 << 20)
  await part(2, 11)
  const second = await part(2, 7)
  await part(3, 13)
  await holds(170 + (5 << 20) + 20, 'parts, one of them sent again')
  const Parts = [first, second].map(({ ETag }, index) => ({ PartNumber: index + 1, ETag }))
  await s3.completeMultipartUpload({ Bucket, Key: 'large', UploadId, MultipartUpload: { Parts } })
  await holds(170 + (5 << 20) + 7, 'completed without its third part')
  const other = await s3.createMultipartUpload({ Bucket, Key: 'other' })
  const copied = { Bucket, Key: 'other', UploadId: other.UploadId, PartNumber: 1, CopySource: 'counted/large' }
  await s3.uploadPartCopy(copied)
  await holds(170 + 2 * ((5 << 20) + 7), 'a part by copy')
  await s3.abortMultipartUpload({ Bucket, Key: 'other', UploadId: other.UploadId })
  await holds(170 + (5 << 20) + 7, 'aborted')
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket })
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  await s3.deleteObjects({ Bucket, Delete: { Objects } })
  await holds(0, 'emptied')
  await s3.deleteBucket({ Bucket })
  await holds(0, 'gone')
})

test('an account stores as much as the operator lets it, and can always delete', async () => {
  const { s3, bucket: Bucket } = at.owner
  const has = await usage('s3')
  await allow('s3', 1)
  const problem =
    /'Storage of objects' is 1000000000 bytes, and there would be 1000000001\. Delete something, or use AWS Service Quotas/
  await pretend('s3', gigabyte - 10)
  await s3.putObject({ Bucket, Key: 'nine', Body: 'x'.repeat(9) })
  await refused(s3.putObject({ Bucket, Key: 'two', Body: 'xx' }), 'AccountProblem', problem)
  await refused(s3.copyObject({ Bucket, Key: 'two', CopySource: `${Bucket}/nine` }), 'AccountProblem', /limit 'Storage/)
  const upload = { Bucket, Key: 'two', ...(await s3.createMultipartUpload({ Bucket, Key: 'two' })) }
  const asked = { Bucket, Key: 'two', UploadId: upload.UploadId, PartNumber: 1 }
  await refused(s3.uploadPart({ ...asked, Body: 'xx' }), 'AccountProblem', problem)
  const byCopy = s3.uploadPartCopy({ ...asked, CopySource: `${Bucket}/nine` })
  await refused(byCopy, 'AccountProblem', /limit 'Storage/)
  await refused(s3.headObject({ Bucket, Key: 'two' }), 'NotFound', /./)
  await s3.uploadPart({ ...asked, Body: 'x' })
  // Full to the last byte: nothing is read of a body any more.
  await refused(s3.putObject({ Bucket, Key: 'two', Body: 'x' }), 'AccountProblem', /and there would be 1000000000\./)
  await refused(s3.uploadPart({ ...asked, PartNumber: 2, Body: 'x' }), 'AccountProblem', /./)
  await s3.deleteObject({ Bucket, Key: 'nine' })
  await s3.abortMultipartUpload({ Bucket, Key: 'two', UploadId: upload.UploadId })
  await s3.putObject({ Bucket, Key: 'two', Body: 'xx' })
  await s3.deleteObject({ Bucket, Key: 'two' })
  await pretend('s3', has)
  assert.equal(await usage('s3'), await recount('s3'))
})

test('images count likewise, uploads that are under way with them', async () => {
  // It asks once: the SDK takes this code for one that passes.
  const ecr = clientOf(ECR, at)
  const repositoryName = 'weighed'
  await ecr.createRepository({ repositoryName })
  const before = await usage('ecr')
  assert.equal(before, await recount('ecr'))
  const holds = async (bytes: number, what: string) => {
    assert.equal(await usage('ecr'), before + bytes, what)
    assert.equal(await recount('ecr'), before + bytes, `${what}, recounted`)
  }
  const begin = async () => (await ecr.initiateLayerUpload({ repositoryName })).uploadId
  const send = async (uploadId: string | undefined, layerPartBlob: Uint8Array) =>
    ecr.uploadLayerPart({
      ...{ repositoryName, uploadId, layerPartBlob, partFirstByte: 0, partLastByte: layerPartBlob.length - 1 },
    })
  const layer = randomBytes(1000)
  const layerDigests = [`sha256:${createHash('sha256').update(layer).digest('hex')}`]
  const uploadId = await begin()
  await send(uploadId, layer)
  await holds(1000, 'on its way')
  await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests })
  await holds(1000, 'there')
  await allow('ecr', 1)
  await pretend('ecr', gigabyte - 999)
  const more = await begin()
  const problem = /'Storage of images' is 1000000000 bytes, and there would be 1000000001\./
  await refused(send(more, layer), 'LimitExceededException', problem)
  await send(more, layer.subarray(1))
  await refused(begin(), 'LimitExceededException', /and there would be 1000000000\./)
  await pretend('ecr', before + 1999)
  await ecr.deleteRepository({ repositoryName, force: true })
  await holds(0, 'gone with the repository')
})
