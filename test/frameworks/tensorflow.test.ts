import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { logLines, train } from '../e2e/jobs.ts'
import type { Party } from '../e2e/party.ts'
import type { World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const example = 'digit-reader'

/** A grey picture of so many points to a side, as PNG: `light` says how light each is, from 0 to 255. */
function png(side: number, light: (x: number, y: number) => number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 0, 0, 0, 0])
  const lines = Array.from({ length: side }, (_, y) => [0, ...Array.from({ length: side }, (_, x) => light(x, y))])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(lines.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('TensorFlow and Keras, on one host and several', { timeout: 1_800_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await story.openShop(engine))
    await story.putData(buyer, example)
  })
  after(() => world?.close())

  it('is certified, listed and bought', async () => {
    product = (await story.boughtExample(world, buyer, example)).arn
  })

  it('has a notebook that trains, deploys, asks and clears away', { skip: story.noBoto3 }, async () => {
    assert.match(
      await story.runNotebook(world, buyer, example, product),
      /^\d\d of 40 digits read as they were drawn$/m,
    )
  })

  let model = ''
  it('is trained by two hosts together, each with pictures of its own', async () => {
    const job = await train(buyer, 'together', { epochs: '8' }, story.jobOf(buyer, product, 2))
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    model = job.ModelArtifacts?.S3ModelArtifacts as string
    const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'together/')
    assert.equal(lines.filter(line => line.startsWith('400 pictures on this host')).length, 2)
    assert.equal(lines.filter(line => line.startsWith('epoch 8:')).length, 1)
    const accuracy = job.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'validation-accuracy')?.Value
    assert.ok(Number(accuracy) > 0.7, `${accuracy}`)
  })

  it('says which file it cannot read', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'broken/rows.csv', Body: '1,2,3\n' })
    const InputDataConfig = [story.channelOf(buyer, 'train', 'text/csv', 'FullyReplicated', 'broken')]
    const job = await train(buyer, 'broken', {}, { ...story.jobOf(buyer, product), InputDataConfig })
    assert.equal(job.TrainingJobStatus, 'Failed')
    assert.match(job.FailureReason ?? '', /train\/rows\.csv: row 1 has 3 values, not 145/)
  })

  it('reads pictures as rows and as files, and says what it cannot read', async () => {
    await story.modelOf(buyer, 'digits', product, model)
    const ask = await story.served(buyer, 'digits')
    // A one: a stroke from top to bottom.
    const isInk = (x: number, y: number) => x === 6 && y >= 2 && y <= 8
    const row = Array.from({ length: 144 }, (_, at) => (isInk(at % 12, Math.floor(at / 12)) ? 9 : 0)).join(',')
    const [digit] = (await ask('text/csv', `${row}\n`)).split(',')
    const dark = png(120, (x, y) => (isInk(Math.floor(x / 10), Math.floor(y / 10)) ? 255 : 0))
    const paper = png(120, (x, y) => (isInk(Math.floor(x / 10), Math.floor(y / 10)) ? 0 : 255))
    const told = JSON.parse(await ask('image/png', dark, 'application/jsonlines'))
    assert.deepEqual(
      [String(told.digit), JSON.parse(await ask('image/png', paper, 'application/jsonlines'))],
      [digit, told],
    )
    await assert.rejects(ask('text/csv', '1,2\n'), /row 1 has 2 values, not 144/)
    await assert.rejects(ask('image/png', 'no picture'), /not a PNG, JPEG, GIF or BMP/)
    await assert.rejects(ask('text/plain', 'seven'), /415/)
    await assert.rejects(ask('text/csv', row, 'image/png'), /406/)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'digits' })
  })

  it('reads the rows of a batch', async () => {
    const answers = await story.batch(buyer, 'digits', 'digits.csv')
    const right = answers.filter((line, at) => line.startsWith(`${at % 10},`))
    assert.ok(answers.length === 40 && right.length > 20, `${right.length} of ${answers.length}`)
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
