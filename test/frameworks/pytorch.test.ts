import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { download, logLines, train } from '../e2e/jobs.ts'
import { signedRequest } from '../e2e/market-signed.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import type { World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]

describe('PyTorch, on one host and several', { timeout: 1_800_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await story.openShop(engine))
    await story.putData(buyer, 'name-maker')
  })
  after(() => world?.close())

  const job = (hosts = 1) => story.jobOf(buyer, product, hosts, 'text/plain')

  it('is certified, listed and bought', async () => {
    product = (await story.boughtExample(world, buyer, 'name-maker')).arn
  })

  it('has a notebook that trains, deploys, asks and clears away', { skip: story.noBoto3 }, async () => {
    const told = await story.runNotebook(world, buyer, 'name-maker', product)
    assert.match(told, /^20 names, Al\w+ the first$/m)
  })

  let model = ''
  it('is trained by two hosts together, each with names of its own', async () => {
    const done = await train(buyer, 'together', { epochs: '6' }, job(2))
    assert.equal(done.TrainingJobStatus, 'Completed', done.FailureReason)
    model = done.ModelArtifacts?.S3ModelArtifacts as string
    const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'together/')
    assert.equal(lines.filter(line => line === '400 names on this host, on cpu').length, 2)
    assert.equal(lines.filter(line => line.startsWith('epoch=6 ')).length, 1)
  })

  it('goes on from its checkpoints, on spot capacity', async () => {
    const CheckpointConfig = { S3Uri: `s3://${buyer.bucket}/kept` }
    const StoppingCondition = { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 3_600 }
    const spot = { ...job(), CheckpointConfig, StoppingCondition, EnableManagedSpotTraining: true }
    assert.equal((await train(buyer, 'begun', { epochs: '2' }, spot)).TrainingJobStatus, 'Completed')
    const more = await train(buyer, 'more', { epochs: '4' }, spot)
    assert.equal(more.TrainingJobStatus, 'Completed', more.FailureReason)
    const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'more/')
    assert.ok(lines.includes('goes on after epoch 2'), lines.join('\n'))
    assert.deepEqual(
      lines.flatMap(line => /^epoch=(\d)/.exec(line)?.[1] ?? []),
      ['3', '4'],
    )
  })

  it('says which file it cannot read', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'broken/names.txt', Body: Buffer.from([0x41, 0xff, 0x0a]) })
    const InputDataConfig = [story.channelOf(buyer, 'train', 'text/plain', 'FullyReplicated', 'broken')]
    const done = await train(buyer, 'broken', {}, { ...job(), InputDataConfig })
    assert.equal(done.TrainingJobStatus, 'Failed')
    assert.match(done.FailureReason ?? '', /train\/names\.txt: .*can't decode byte 0xff/)
  })

  it('makes the same names for the same wish, whole and letter by letter', async () => {
    await story.modelOf(buyer, 'names', product, model)
    const ask = await story.served(buyer, 'names')
    const wish = JSON.stringify({ start: 'Sal', count: 100, seed: 5 })
    const names = await ask('application/json', wish, 'text/plain')
    assert.match(names, /^(Sal\S*\n){100}$/)
    const answer = await buyer.runtime.invokeEndpointWithResponseStream({
      ...{ EndpointName: 'names', ContentType: 'application/json', Body: wish },
    })
    const parts: string[] = []
    for await (const { PayloadPart } of answer.Body ?? []) parts.push(Buffer.from(PayloadPart?.Bytes ?? []).toString())
    assert.equal(parts.join(''), names)
    assert.ok(parts.length > 1, `${parts.length} parts`)
    await assert.rejects(ask('application/json', '{"count": 1000}'), /count is 1 to 100/)
    await assert.rejects(ask('text/plain', 'x'.repeat(41)), /a start has at most 40 bytes/)
    await assert.rejects(ask('image/png', 'x'), /415/)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'names' })
  })

  it('makes a name for each line of a batch', async () => {
    const answers = await story.batch(buyer, 'names', 'starts.txt', 'text/plain')
    assert.equal(answers.length, 20)
    assert.ok(answers.every(name => name.length > 2))
  })

  it('leaves nothing behind', () => world.leavesNothing())
})

describe('an ensemble in one container, charged by what it answers', { timeout: 1_800_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await story.openShop(engine))
    await story.putData(buyer, 'freight-quotes')
  })
  after(() => world?.close())

  it('is certified, listed and bought', async () => {
    product = (await story.boughtExample(world, buyer, 'freight-quotes')).arn
  })

  it('has a notebook that trains, deploys, asks and clears away', { skip: story.noBoto3 }, async () => {
    assert.match(
      await story.runNotebook(world, buyer, 'freight-quotes', product),
      /^90 consignments, \d+ dollars in all$/m,
    )
  })

  it('is better together than its parts alone', async () => {
    const done = await train(buyer, 'quotes', {}, story.jobOf(buyer, product))
    assert.equal(done.TrainingJobStatus, 'Completed', done.FailureReason)
    const rmse = (of: string) =>
      done.FinalMetricDataList?.find(({ MetricName }) => MetricName === `${of}-rmse`)?.Value ?? 0
    assert.ok(rmse('ensemble') < Math.min(rmse('network'), rmse('trees')), JSON.stringify(done.FinalMetricDataList))
    await story.modelOf(buyer, 'quotes', product, done.ModelArtifacts?.S3ModelArtifacts as string)
  })

  it('lets the rule have the last word, and charges each consignment', async () => {
    // The notebook's own are counted before.
    const before = await until('the notebook is charged', quoted, found => found === (story.noBoto3 ? 0 : 90))
    const ask = await story.served(buyer, 'quotes')
    // Next to nothing, over all distances: what the models say of it is near to what the way costs alone.
    const distances = Array.from({ length: 40 }, (_, at) => 50 + 35 * at)
    const light = distances.map(distance => `5,0.1,${distance},6,0`)
    const rows = [...light, '4000,20,350,3,0'].join('\n')
    const told = (await ask('text/csv', `${rows}\n`, 'application/jsonlines')).trim().split('\n')
    const quotes = told.map(line => JSON.parse(line) as { price: number; by: string })
    const least = [...distances, 350].map(distance => Number((25 + 0.12 * distance).toFixed(2)))
    assert.ok(quotes.every(({ price }, at) => price >= (least[at] as number)))
    const ruled = quotes.flatMap(({ price, by }, at) => (by === 'rule' ? [[price, least[at]]] : []))
    assert.ok(ruled.length > 0)
    for (const [price, floor] of ruled) assert.equal(price, floor)
    assert.equal(quotes.at(-1)?.by, 'models')
    await assert.rejects(ask('text/csv', '1,2\n'), /row 1 has 2 values, not 5/)
    await ask('text/csv', '12,0.1,900,6,0\n')
    await until('each consignment is charged', quoted, found => found - before === quotes.length + 1)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'quotes' })
  })

  /** Units of `inference.count` in the buyer's own report of the month. */
  async function quoted(): Promise<number> {
    const [year, month] = new Date().toISOString().split('-').map(Number)
    const { text } = await signedRequest(world.server.url, buyer, 'POST', '/2026-11-20/createReport', {
      ...{ reportType: 'BUYER_USAGE', billingPeriod: { year, month }, destination: { bucket: buyer.bucket } },
    })
    const report = (await download(buyer, `s3://${buyer.bucket}/${JSON.parse(text).key}`))
      .toString()
      .trim()
      .split('\r\n')
    const [columns = [], ...rows] = report.map(line => line.split(','))
    // Counted from the end: the product's title has a comma.
    const of = (row: string[], name: string) => row.at(columns.indexOf(name) - columns.length) ?? ''
    return rows
      .filter(row => of(row, 'dimension').startsWith('inference.count'))
      .reduce((sum, row) => sum + Number(of(row, 'quantity')), 0)
  }

  it('quotes the rows of a batch', async () => {
    const prices = await story.batch(buyer, 'quotes', 'consignments.csv')
    assert.ok(prices.length === 90 && prices.every(price => Number(price) >= 25), prices.join())
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
