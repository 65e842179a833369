import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { download, makeModel, transform } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused, assertTells } from './world.ts'

const put = async ({ s3, bucket }: Party, files: Record<string, string>) => {
  for (const [Key, Body] of Object.entries(files)) await s3.putObject({ Bucket: bucket, Key, Body })
}

const text = async (party: Party, key: string) => (await download(party, `s3://${party.bucket}/${key}`)).toString()

const source = (party: Party, prefix: string) => ({
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${party.bucket}/${prefix}` } },
})

const output = (party: Party, name: string) => `s3://${party.bucket}/out/${name}`

const keysBelow = async ({ s3, bucket }: Party, Prefix: string) =>
  ((await s3.listObjectsV2({ Bucket: bucket, Prefix })).Contents ?? []).map(({ Key = '' }) => Key)

const recordIo = (data: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0xced7230a, 0)
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)])
}

const tfRecord = (data: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  head.writeBigUInt64LE(BigInt(data.length), 0)
  return Buffer.concat([head, data, Buffer.alloc(4)])
}

const identifier = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

await onEveryEngine(
  'batch transform',
  'contract-probe',
  at => {
    it('captures what it has read and written, and marks every record', async () => {
      const { buyer } = at()
      await put(buyer, { 'rows/a.csv': '1,x\n2,y\n', 'rows/deep/b.csv': '3,z\n' })
      await makeModel(buyer, 'captured', {})
      const job = await transform(buyer, 'captured', 'captured', 'rows/', {
        TransformInput: { ...source(buyer, 'rows/'), SplitType: 'Line', ContentType: 'text/csv' },
        TransformOutput: { S3OutputPath: output(buyer, 'captured'), AssembleWith: 'Line', Accept: 'text/csv' },
        DataCaptureConfig: {
          DestinationS3Uri: `s3://${buyer.bucket}/capture`,
          GenerateInferenceId: true,
          KmsKeyId: 'alias/aws/s3',
        },
      })
      assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
      const start = job.TransformStartTime?.toISOString() as string
      const stamp = `,${identifier},${start.slice(0, 19)}Z\n`
      assert.match(await text(buyer, 'out/captured/a.csv.out'), new RegExp(`^1,x${stamp}2,y${stamp}$`))
      assert.match(await text(buyer, 'out/captured/deep/b.csv.out'), new RegExp(`^3,z${stamp}$`))
      const hour = start.slice(0, 13).replaceAll(/[-T]/g, '/')
      const [inputs, outputs] = [`capture/input/${hour}/captured.json`, `capture/output/${hour}/captured.json`]
      assert.deepEqual(await keysBelow(buyer, 'capture/'), [inputs, outputs])
      assert.deepEqual(JSON.parse(await text(buyer, inputs)), [
        { prefix: `s3://${buyer.bucket}/rows/` },
        'a.csv',
        'deep/b.csv',
      ])
      assert.deepEqual(JSON.parse(await text(buyer, outputs)), [
        { prefix: `s3://${buyer.bucket}/out/captured/` },
        'a.csv.out',
        'deep/b.csv.out',
      ])
      const { ServerSideEncryption } = await buyer.s3.headObject({ Bucket: buyer.bucket, Key: inputs })
      assert.equal(ServerSideEncryption, 'aws:kms')
      assert.equal(job.DataCaptureConfig?.GenerateInferenceId, true)
    })

    it('reads with a captured manifest as its input', async () => {
      const { buyer } = at()
      const [manifest] = await keysBelow(buyer, 'capture/input/')
      const S3DataSource = { S3DataType: 'ManifestFile' as const, S3Uri: `s3://${buyer.bucket}/${manifest}` }
      const job = await transform(buyer, 'again', 'captured', '', {
        TransformInput: { DataSource: { S3DataSource }, SplitType: 'Line' },
      })
      assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
      assert.deepEqual(await keysBelow(buyer, 'out/again/'), ['out/again/a.csv.out', 'out/again/deep/b.csv.out'])
    })

    it('spreads objects over its instances and keeps the order within each, across a crash', async () => {
      const { buyer, server } = at()
      const files = Array.from({ length: 7 }, (_, file) => file)
      // The last takes seconds, so that the server dies before all is done.
      const length = (file: number) => (file === files.length - 1 ? 300 : 12)
      const lines = (file: number) => Array.from({ length: length(file) }, (_, line) => `${file}-${line}\n`).join('')
      await put(buyer, Object.fromEntries(files.map(file => [`many/${file}.txt`, lines(file)])))
      await makeModel(buyer, 'slow', { PROBE_MODE: 'slow', PROBE_DELAY_MS: '60' })
      const TransformResources = { InstanceType: 'ml.c7i.large' as const, InstanceCount: 3 }
      const ended = transform(buyer, 'spread', 'slow', 'many/', { TransformResources, MaxConcurrentTransforms: 4 })
      const first = await until(
        'the first output is there',
        () => keysBelow(buyer, 'out/spread/').catch(() => []),
        keys => keys.length > 0,
      )
      assert.ok(first.length < files.length)
      // The helper asks again and again, and does not know that the server dies.
      ended.catch(() => {})
      await server.crash()
      const job = await until(
        'the job ends',
        () => buyer.sagemaker.describeTransformJob({ TransformJobName: 'spread' }),
        ({ TransformJobStatus }) => TransformJobStatus !== 'InProgress',
      )
      assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
      for (const file of files) assert.equal(await text(buyer, `out/spread/${file}.txt.out`), lines(file))

      await makeModel(buyer, 'telling', { PROBE_MODE: 'inspect' })
      const told = await transform(buyer, 'hosts', 'telling', 'many/', {
        TransformResources,
        TransformInput: source(buyer, 'many/'),
        TransformOutput: { S3OutputPath: output(buyer, 'hosts') },
        MaxPayloadInMB: 0,
      })
      assert.equal(told.TransformJobStatus, 'Completed', told.FailureReason)
      const answers = await Promise.all(
        files.map(async file => JSON.parse(await text(buyer, `out/hosts/${file}.txt.out`))),
      )
      assert.equal(new Set(answers.map(({ environment }) => environment.HOSTNAME)).size, 3)
      for (const { headers, environment } of answers) {
        assert.equal(headers['transfer-encoding'], 'chunked')
        assert.equal(environment.SAGEMAKER_MAX_PAYLOAD_IN_MB, '0')
      }
    })

    it('cuts, unpacks, filters and joins what a real container is sent', async () => {
      const { buyer } = at()
      const [first, second] = [Buffer.from('alpha'), Buffer.from('beta!!')]
      const files = {
        'packed/a.gz': gzipSync('one\ntwo\n'),
        'io/a': Buffer.concat([first, second].map(recordIo)),
        'tf/a': Buffer.concat([first, second].map(tfRecord)),
        'wide/a.jsonl': '{"id":7,"x":1.0}\n{"id":8,"x":2.5}\n',
      }
      for (const [Key, Body] of Object.entries(files)) await buyer.s3.putObject({ Bucket: buyer.bucket, Key, Body })
      await makeModel(buyer, 'loud', { PROBE_MODE: 'upper' })
      const run = async (name: string, prefix: string, TransformInput: object, more: object = {}) => {
        const job = await transform(buyer, name, 'loud', prefix, {
          TransformInput: { ...source(buyer, prefix), ...TransformInput },
          TransformOutput: { S3OutputPath: output(buyer, name) },
          ...more,
        })
        assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
      }
      const wide = { SplitType: 'Line', ContentType: 'application/jsonlines' }
      const told = {
        S3OutputPath: output(buyer, 'wide'),
        ...{ Accept: 'application/jsonlines', AssembleWith: 'Line' as const },
      }
      const DataProcessing = { InputFilter: '$.x', JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" }
      await Promise.all([
        run('packed', 'packed/', { CompressionType: 'Gzip', SplitType: 'Line' }),
        run('io', 'io/', { SplitType: 'RecordIO' }, { BatchStrategy: 'MultiRecord' }),
        run('tf', 'tf/', { SplitType: 'TFRecord' }),
        run('wide', 'wide/', wide, { TransformOutput: told, DataProcessing }),
      ])
      assert.equal(await text(buyer, 'out/packed/a.gz.out'), 'ONETWO')
      const whole = Buffer.concat([Buffer.from('ALPHA'), Buffer.from('BETA!!')].map(recordIo)).toString('latin1')
      const written = await download(buyer, `s3://${buyer.bucket}/out/io/a.out`)
      assert.equal(written.toString('latin1'), whole)
      assert.equal(await text(buyer, 'out/tf/a.out'), 'ALPHABETA!!')
      const lines = '{"id":7,"SageMakerOutput":1.0}\n{"id":8,"SageMakerOutput":2.5}\n'
      assert.equal(await text(buyer, 'out/wide/a.jsonl.out'), lines)
    })

    it('tells that a container died, beside the records that it left unanswered', async () => {
      const { buyer } = at()
      await put(buyer, { 'long/rows.csv': 'row\n'.repeat(5000) })
      await makeModel(buyer, 'dies', { PROBE_MODE: 'exit-after' })
      const ModelClientConfig = { InvocationsMaxRetries: 0 }
      const job = await transform(buyer, 'dies', 'dies', 'long/', { ModelClientConfig })
      assert.equal(job.TransformJobStatus, 'Failed')
      assertTells(job.FailureReason, [
        '1 of 1 input objects failed',
        /long\/rows\.csv: record \d+ \(counted from 1\): the container gave no answer/,
        'The container of algo-1 ended (exit code: 3)',
        'probe serves in mode exit-after',
      ])
      assert.deepEqual(await keysBelow(buyer, 'out/dies/'), [])
    })

    it('asks as the container says, and refuses a container that says too much', async () => {
      const { buyer } = at()
      const says = async (name: string, parameters: object) => {
        await makeModel(buyer, name, { PROBE_EXECUTION_PARAMETERS: JSON.stringify(parameters), PROBE_MODE: 'upper' })
        const BatchStrategy = undefined
        return transform(buyer, name, name, 'in/', { BatchStrategy })
      }
      const good = await says('modest', {
        MaxConcurrentTransforms: 4,
        BatchStrategy: 'SINGLE_RECORD',
        MaxPayloadInMB: 1,
      })
      assert.equal(good.TransformJobStatus, 'Completed', good.FailureReason)
      assert.equal(await text(buyer, 'out/modest/rows.csv.out'), 'ONE\nTWO\nTHREE\n')
      const bad = await says('greedy', { MaxConcurrentTransforms: 40, MaxPayloadInMB: 6 })
      assertTells(bad.FailureReason, ['GET /execution-parameters', '40 times 6, more than 100'])
    })

    it('refuses at once what could not be carried out', async () => {
      const { buyer } = at()
      const refuse = (changes: Parameters<typeof transform>[4], words: RegExp) =>
        assertRefused(transform(buyer, 'never', 'captured', 'in/', changes), 'ValidationException', 400, words)
      await refuse({ DataProcessing: { InputFilter: '$[0:2,5:]' } }, /ContentType to be one of/)
      const TransformInput = { ...source(buyer, 'in/'), ContentType: 'text/csv', SplitType: 'Line' as const }
      await refuse({ TransformInput, DataProcessing: { InputFilter: '$[0:2,5:]' } }, /Invalid JsonPath/)
      await refuse({ TransformInput, DataProcessing: { JoinSource: 'Input' } }, /Accept to be the same/)
      const DestinationS3Uri = `s3://${buyer.bucket}/capture`
      await refuse({ DataCaptureConfig: { DestinationS3Uri, GenerateInferenceId: true } }, /GenerateInferenceId needs/)
      await refuse({ DataCaptureConfig: { DestinationS3Uri: 'https://x/y' } }, /Invalid S3 URI/)
      const job = await transform(buyer, 'nowhere', 'captured', 'in/', {
        DataCaptureConfig: { DestinationS3Uri: 's3://no-such-bucket-here/capture' },
      })
      assertTells(job.FailureReason, ['NoSuchBucket', 'no-such-bucket-here'])
    })
  },
  { concurrency: false },
)
