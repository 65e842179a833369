import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { it } from 'node:test'
import type { S3ModelDataSource } from '@aws-sdk/client-sagemaker'
import { createEndpoint, endpointSettled, invoke, transform } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { assertRefused } from './world.ts'

const put = async ({ s3, bucket }: Party, files: Readonly<Record<string, string>>) => {
  for (const [Key, Body] of Object.entries(files)) await s3.putObject({ Bucket: bucket, Key, Body })
}

const makeModel = (
  { sagemaker, image, role, bucket }: Party,
  name: string,
  key: string,
  more: Partial<S3ModelDataSource>,
) =>
  sagemaker.createModel({
    ...{ ModelName: name, ExecutionRoleArn: role },
    PrimaryContainer: {
      Image: image,
      Environment: { PROBE_MODE: 'model' },
      ModelDataSource: {
        S3DataSource: { S3Uri: `s3://${bucket}/${key}`, S3DataType: 'S3Prefix', CompressionType: 'None', ...more },
      },
    },
  })

/** What the container finds in `/opt/ml/model`: paths and SHA-256 sums. */
async function seenBy(party: Party, name: string): Promise<Record<string, string>> {
  await createEndpoint(party, name, [name])
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
  const { Body } = await invoke(party, name, name)
  const { files, writable } = JSON.parse(Buffer.from(Body ?? []).toString())
  assert.equal(writable, false)
  await party.sagemaker.deleteEndpoint({ EndpointName: name })
  return Object.fromEntries(files.map(({ path, sha256 }: { path: string; sha256: string }) => [path, sha256]))
}

const sums = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path, hash('sha256', text)]))

await onEveryEngine('model data that is not an archive', 'contract-probe', at => {
  it('is put in place file by file: all below a prefix, or one object', async () => {
    const { seller } = at()
    const below = { 'config.json': '{}', 'deep/weights-1': 'one', 'deep/weights-2': 'two' }
    const beside = {
      'plain/model/': '',
      'plain/model-of-another': 'x',
      'plain/model.bin': 'alone',
      'plain/model.bin.old': 'old',
    }
    const inside = Object.fromEntries(Object.entries(below).map(([path, text]) => [`plain/model/${path}`, text]))
    await put(seller, { ...inside, ...beside })
    await makeModel(seller, 'prefix', 'plain/model/', {})
    assert.deepEqual(await seenBy(seller, 'prefix'), sums(below))
    await makeModel(seller, 'object', 'plain/model.bin', { S3DataType: 'S3Object' })
    assert.deepEqual(await seenBy(seller, 'object'), sums({ 'model.bin': 'alone' }))
    const { PrimaryContainer } = await seller.sagemaker.describeModel({ ModelName: 'prefix' })
    assert.equal(PrimaryContainer?.ModelDataSource?.S3DataSource?.CompressionType, 'None')
    await assertRefused(
      transform(seller, 'never', 'prefix', 'in/'),
      'ValidationException',
      400,
      /uncompressed model data/,
    )
  })

  it('is refused where it cannot be what it says, is not there, or may not be read', async () => {
    const { seller, buyer } = at()
    const refused = (key: string, more: Partial<S3ModelDataSource>, words: RegExp) =>
      assertRefused(makeModel(seller, 'never', key, more), 'ValidationException', 400, words)
    await refused('plain/model', {}, /must end with a slash/)
    await refused('plain/model/', { S3DataType: 'S3Object' }, /must name an object/)
    await refused('plain/model/', { CompressionType: 'Gzip' }, /must have the CompressionType None/)
    await refused('none/', {}, /Could not find model data at s3:\/\/seller-data\/none\//)
    await refused('none', { S3DataType: 'S3Object' }, /Could not find model data/)
    await refused('', { S3Uri: `s3://${buyer.bucket}/in/` }, /Could not access model data .* "s3:ListBucket"/)
  })
})
