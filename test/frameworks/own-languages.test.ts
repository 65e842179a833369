import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { download, train, transform } from '../e2e/jobs.ts'
import type { Party } from '../e2e/party.ts'
import { input } from '../e2e/training-program.ts'
import type { World } from '../e2e/world.ts'
import { boughtExample, exampleFile, modelOf, noBoto3, openShop, runNotebook, served } from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]

describe('R, without Python', { timeout: 900_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await openShop(engine))
  })
  after(() => world?.close())

  const given = (prefix: string) => ({
    AlgorithmSpecification: { AlgorithmName: product, TrainingInputMode: 'File' as const },
    InputDataConfig: [input('training', `s3://${buyer.bucket}/${prefix}/`, {}, { ContentType: 'text/csv' })],
    ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
    EnableNetworkIsolation: true,
  })

  it('is certified, listed and bought', async () => {
    product = (await boughtExample(world, buyer, 'churn-tree')).arn
  })

  it('has a notebook that trains, deploys, asks and clears away', { skip: noBoto3 }, async () => {
    const told = await runNotebook(world, buyer, 'churn-tree', product)
    assert.match(told, /'validation-accuracy': 0\.[789]/)
    assert.match(told, /^80 customers, \d+ of them will leave$/m)
  })

  it('answers words that it knows and words that it does not, and says what it cannot read', async () => {
    const Body = await exampleFile('churn-tree', 'data/training/customers.csv')
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'customers/all.csv', Body })
    const job = await train(buyer, 'churn', { max_depth: '4' }, given('customers'))
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    await modelOf(buyer, 'churn', product, job.ModelArtifacts?.S3ModelArtifacts as string)
    const answer = await served(buyer, 'churn')
    const ask = (Body: string, Accept = 'text/csv', ContentType = 'text/csv') => answer(ContentType, Body, Accept)
    assert.equal(await ask('month,3,55.00,7\ntwo-years,60,20.00,0\n'), 'left\nstayed\n')
    assert.deepEqual(JSON.parse(await ask('two-years,60,20.00,0\n', 'application/json')), { classes: ['stayed'] })
    assert.match(await ask('for-ever,60,20.00,0\n'), /^(left|stayed)\n$/)
    await assert.rejects(ask('month,3\n'), /the body: 2 values in a row, 4 are wanted/)
    await assert.rejects(ask('month,3,55.00,7\n', 'image/png'), /406/)
    await assert.rejects(ask('{}', 'text/csv', 'application/json'), /415/)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'churn' })
  })

  it('says which file it cannot read', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'broken/empty.csv', Body: '\n\n' })
    const job = await train(buyer, 'broken', {}, given('broken'))
    assert.equal(job.TrainingJobStatus, 'Failed')
    assert.match(job.FailureReason ?? '', /training\/empty\.csv/)
  })

  it('leaves nothing behind', () => world.leavesNothing())
})

describe('a static program and nothing else, in Go', { timeout: 900_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await openShop(engine))
  })
  after(() => world?.close())

  it('is certified, listed and bought', async () => {
    product = (await boughtExample(world, buyer, 'language-guess')).arn
  })

  it('has a notebook that deploys, asks and clears away', { skip: noBoto3 }, async () => {
    const told = await runNotebook(world, buyer, 'language-guess', product)
    assert.match(told, /^10 lines: english, german, french, spanish, italian$/m)
  })

  it('transforms for who has bought it', async () => {
    const Body = await exampleFile('language-guess', 'data/inference/lines.txt')
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'lines/all.txt', Body })
    await buyer.sagemaker.createModel({
      ...{ ModelName: 'guess', PrimaryContainer: { ModelPackageName: product } },
      ...{ ExecutionRoleArn: buyer.role, EnableNetworkIsolation: true },
    })
    const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${buyer.bucket}/lines/` }
    const done = await transform(buyer, 'guess', 'guess', 'lines/', {
      BatchStrategy: 'MultiRecord',
      TransformInput: { ContentType: 'text/plain', SplitType: 'Line', DataSource: { S3DataSource } },
      TransformOutput: { S3OutputPath: `s3://${buyer.bucket}/out`, Accept: 'text/plain', AssembleWith: 'None' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    })
    assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
    const five = ['english', 'german', 'french', 'spanish', 'italian']
    const answers = (await download(buyer, `s3://${buyer.bucket}/out/all.txt.out`)).toString()
    assert.deepEqual(answers.trim().split('\n'), [...five, ...five])
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
