import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pino from 'pino'
import { clock } from '../../ground/clock.ts'
import { createDataCapture } from '../../runtime/data-capture.ts'
import { openS3Fixture } from '../../s3/s3.fixture.ts'
import type { Platform } from '../../service/context.ts'
import { certifiedSketch } from '../product/certified-inputs.ts'
import { modelPackages } from '../product/model-package.ts'
import { createProductInputs } from './captured-inputs.ts'
import { endpoints } from './endpoint.ts'
import { captureOf } from './endpoint-capture.ts'

const hour = 3_600_000
const region = 'us-east-1'
const productArn = `arn:aws:sagemaker:${region}:865070037744:model-package/flowers`
const rows = Array.from({ length: 60 }, (_, at) => `${at},${at % 2 ? 'red' : 'blue'}\n`).join('')

describe('inputs that certification was given, and those that data capture keeps', () => {
  let at: Awaited<ReturnType<typeof openS3Fixture>>
  let parts: Pick<Platform, 'store' | 'iam' | 'objects' | 'log'>
  const identity = (arn: string, account: string) => ({
    ...{ arn, account, region, name: 'flowers', parent: '', status: 'Completed', created: 7, modified: 7 },
  })
  const definition = (input: object) => ({
    TransformInput: {
      ...{ ContentType: 'text/csv', SplitType: 'Line' },
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://rows/in/' } },
      ...input,
    },
  })
  const sketch = (input: object) => {
    const validated = { role: 'any', definition: definition(input) as never }
    return certifiedSketch(parts, identity(productArn, at.owner.account) as never, validated)
  }

  before(async () => {
    at = await openS3Fixture()
    await at.owner.ask('CreateBucket', { Bucket: 'rows' })
    await at.objects.put(at.owner.principal, 'rows', 'in/one.csv', Buffer.from(rows))
    parts = {
      ...{ store: at.store, objects: at.objects, log: pino({ level: 'silent' }) },
      iam: { assumeForService: async () => at.owner.principal } as unknown as Platform['iam'],
    }
  })
  after(() => at.close())

  it('a profile’s input becomes a sketch, but for what the container is not given as it stands', async () => {
    const made = await sketch({})
    assert.deepEqual([made?.records, made?.columns.map(({ name }) => name)], [60, ['#bytes', '#columns', '0', '1']])
    assert.equal(await sketch({ CompressionType: 'Gzip' }), undefined)
    assert.equal(await sketch({ SplitType: 'TFRecord' }), undefined)
    assert.equal(await sketch({ ContentType: 'text/plain' }), undefined)
    assert.equal(
      await sketch({ DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://rows/none' } } }),
      undefined,
    )
  })

  it('of wide records it has as many as may be held at once', async () => {
    const wide = `${'x'.repeat(299_999)}\n`.repeat(60)
    await at.objects.put(at.owner.principal, 'rows', 'wide/one.csv', Buffer.from(wide))
    const made = await sketch({ DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://rows/wide/' } } })
    assert.equal(made?.records, 55)
  })

  it('what was captured of a variant is read back, hour by hour, whatever else lies in the bucket', async () => {
    const { account } = at.owner
    const arn = `arn:aws:sagemaker:${region}:${account}:endpoint/flowers`
    const inputs = createProductInputs(parts)
    assert.equal(await inputs.find(arn, 'all'), undefined)
    const variant = { name: 'all', model: { executionRole: 'any', containers: [{ productArn }] } }
    const capture = {
      ...{ InitialSamplingPercentage: 100, DestinationS3Uri: 's3://rows/captured', EnableCapture: true },
      ...{ CaptureOptions: [{ CaptureMode: 'Input' }], CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'] } },
    }
    const live = { variants: [variant], hosts: [], capture }
    const inputSketch = await sketch({})
    await at.store.transaction(async tx => {
      await endpoints.insert(tx, { ...identity(arn, account), status: 'InService', live } as never)
      await modelPackages.insert(tx, { ...identity(productArn, '865070037744'), inputSketch } as never)
    })
    const found = await inputs.find(arn, 'all')
    assert.deepEqual(
      [found?.created, found?.isCaptured, found?.productArn, found?.sketch?.records],
      [7, true, productArn, 60],
    )
    assert.equal(await inputs.find(arn, 'other'), undefined)

    const files = createDataCapture({ ...parts, logs: { append: async () => {} } } as never)
    const now = clock.now()
    const route = { arn, account, region, name: 'flowers', variants: [] }
    const routed = { ...captureOf(live as never, variant as never), name: 'all' }
    const ask = (contentType: string, body: string) =>
      files.take(route, routed as never, {
        input: { contentType, body: Buffer.from(body) },
        output: { contentType: 'text/csv', body: Buffer.from('its answer') },
      })
    ask('text/csv', '1,red\n')
    ask('image/png', '\u0000ÿ')
    await files.close()
    const folder = new Date(now).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')
    const odd = 'no line\nnull\n{"captureData":{"endpointInput":{"data":1}}}\n'
    await at.objects.put(at.owner.principal, 'rows', `captured/flowers/all/${folder}/odd.jsonl`, Buffer.from(odd))
    const read = async (from: number, to: number) => {
      const all = []
      for await (const { body, contentType } of inputs.captured(arn, 'all', from, to))
        all.push([Buffer.from(body).toString(), contentType])
      return all
    }
    const start = now - (now % hour)
    const both = [
      ['1,red\n', 'text/csv'],
      ['\u0000ÿ', 'image/png'],
    ]
    assert.deepEqual(await read(start, start + 2 * hour), both)
    assert.deepEqual(await read(start - 24 * hour, start), [])
    for (const less of [{ objects: 0 }, { bytes: 10 }]) {
      const most = { objects: 10, bytes: 10_000, ...less }
      for await (const _ of createProductInputs(parts, most).captured(arn, 'all', start, start + 2 * hour))
        assert.fail()
    }
    await at.store.transaction(tx => endpoints.update(tx, arn, { status: 'Deleting' }))
    assert.deepEqual([await inputs.find(arn, 'all'), await read(start, start + 2 * hour)], [undefined, []])
  })
})
