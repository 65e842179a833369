import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { engineCommand } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { ensureFrameworkImage } from '../../setup/framework-images.mjs'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { download, logLines, train, transform } from '../e2e/jobs.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import type { World } from '../e2e/world.ts'
import * as story from './example-story.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const { image = '', lacks } = (await ensureFrameworkImage(engine, 'examples/demand-boost/container')) as Partial<
  Record<'image' | 'lacks', string>
>
const skip = lacks && `boosting is not tried: ${lacks}`

describe('XGBoost, on one host and several', { skip, timeout: 900_000 }, () => {
  let world: World
  let buyer: Party
  let product = ''
  before(async () => {
    ;({ world, buyer } = await story.openShop(engine))
    await story.putData(buyer, 'demand-boost')
  })
  after(() => world?.close())

  const given = (hosts: number) => story.jobOf(buyer, product, hosts)
  const metric = (of: { FinalMetricDataList?: { MetricName?: string; Value?: number }[] }, name: string) =>
    of.FinalMetricDataList?.find(({ MetricName }) => MetricName === name)?.Value ?? Number.NaN

  it('is certified, listed and bought', async () => {
    product = (await story.boughtExample(world, buyer, 'demand-boost')).arn
  })

  it('has a notebook that trains, deploys, asks and clears away', { skip: story.noBoto3 }, async () => {
    assert.match(
      await story.runNotebook(world, buyer, 'demand-boost', product),
      /^120 hours, \d+ bicycles at the busiest$/m,
    )
  })

  let model = ''
  it('is trained by two hosts together, each with rows of its own', async () => {
    const job = await train(buyer, 'together', { num_round: '40' }, given(2))
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    model = job.ModelArtifacts?.S3ModelArtifacts as string
    const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'together/')
    assert.equal(lines.filter(line => line === '700 rows of 5 features on this host').length, 2)
    assert.equal(lines.filter(line => line.startsWith('[39]#011')).length, 1)
    // One host that has seen half of the rows does not come so far.
    assert.ok(metric(job, 'validation-rmse') < 20, `${metric(job, 'validation-rmse')}`)
  })

  it('stops when it gets no better', async () => {
    const parameters = { num_round: '500', eta: '1', max_depth: '12', early_stopping_rounds: '3' }
    const job = await train(buyer, 'early', parameters, given(1))
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const lines = await logLines(buyer, '/aws/sagemaker/TrainingJobs', 'early/')
    assert.ok(lines.filter(line => line.startsWith('[')).length < 500)
  })

  it('says which file it cannot read', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'broken/rows.csv', Body: '1,2,3\n4,five,6\n' })
    const InputDataConfig = [story.channelOf(buyer, 'train', 'text/csv', 'FullyReplicated', 'broken')]
    const job = await train(buyer, 'broken', {}, { ...given(1), InputDataConfig })
    assert.equal(job.TrainingJobStatus, 'Failed')
    assert.match(job.FailureReason ?? '', /train\/rows\.csv: could not convert string to float: 'five'/)
  })

  it('is tuned for what it prints', async () => {
    const HyperParameterTuningJobName = 'tuned'
    await buyer.sagemaker.createHyperParameterTuningJob({
      HyperParameterTuningJobName,
      HyperParameterTuningJobConfig: {
        Strategy: 'Random',
        HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'validation-rmse' },
        ParameterRanges: { ContinuousParameterRanges: [{ Name: 'eta', MinValue: '0.05', MaxValue: '0.5' }] },
        ResourceLimits: { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 1 },
        TrainingJobEarlyStoppingType: 'Auto',
      },
      TrainingJobDefinition: {
        ...given(1),
        RoleArn: buyer.role,
        StaticHyperParameters: { num_round: '20' },
        OutputDataConfig: { S3OutputPath: `s3://${buyer.bucket}/out` },
      },
    })
    const done = await until(
      'the tuning ends',
      () => buyer.sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName }),
      ({ HyperParameterTuningJobStatus = '' }) => /Completed|Failed|Stopped/.test(HyperParameterTuningJobStatus),
    )
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed', done.FailureReason)
    const { TrainingJobSummaries = [] } = await buyer.sagemaker.listTrainingJobsForHyperParameterTuningJob({
      HyperParameterTuningJobName,
    })
    const values = TrainingJobSummaries.flatMap(job => job.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? [])
    assert.equal(done.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Value, Math.min(...values))
  })

  it('answers CSV, libsvm and JSON Lines alike, and says what it cannot read', async () => {
    await story.modelOf(buyer, 'boosted', product, model)
    const ask = await story.served(buyer, 'boosted')
    const csv = await ask('text/csv', '8,1,21.0,3.0,0\n3,1,-2.0,20.0,0\n')
    assert.match(csv, /^\d+\.\d{4}\n-?\d+\.\d{4}\n$/)
    assert.equal(await ask('text/libsvm', '0 0:8 1:1 2:21 3:3\n0 0:3 1:1 2:-2 3:20\n'), csv)
    const rows = '{"features": [8, 1, 21, 3, 0]}\n{"features": [3, 1, -2, 20, 0]}\n'
    const scores = (await ask('application/jsonlines', rows, 'application/jsonlines')).trim().split('\n')
    assert.deepEqual(
      scores.map(line => JSON.parse(line).score),
      csv.trim().split('\n').map(Number),
    )
    await assert.rejects(ask('text/csv', '1,2\n'), /the rows have 2 features, the model has 5/)
    await assert.rejects(ask('image/png', '1,2\n'), /415/)
    await assert.rejects(ask('text/csv', '1,2,3,4,5\n', 'image/png'), /406/)
    await buyer.sagemaker.deleteEndpoint({ EndpointName: 'boosted' })
  })

  it('joins its answers to the rows of a batch', async () => {
    const rows = [8, 3].map(hour => JSON.stringify({ id: `at-${hour}`, features: [hour, 1, 21, 3, 0] }))
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'new/rows.jsonl', Body: `${rows.join('\n')}\n` })
    const done = await transform(buyer, 'joined', 'boosted', 'new/', {
      BatchStrategy: 'MultiRecord',
      TransformInput: {
        ContentType: 'application/jsonlines',
        SplitType: 'Line',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${buyer.bucket}/new/` } },
      },
      TransformOutput: {
        S3OutputPath: `s3://${buyer.bucket}/joined`,
        Accept: 'application/jsonlines',
        AssembleWith: 'Line',
      },
      TransformResources: { InstanceType: story.instance, InstanceCount: 1 },
      DataProcessing: { JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
    })
    assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
    const joined = (await download(buyer, `s3://${buyer.bucket}/joined/rows.jsonl.out`)).toString().trim().split('\n')
    assert.deepEqual(
      joined.map(line => JSON.parse(line).id),
      ['at-8', 'at-3'],
    )
    for (const line of joined) assert.equal(typeof JSON.parse(line).SageMakerOutput.score, 'number')
  })

  it('runs under the name of AWS’s own XGBoost, which the SDKs ask for', async () => {
    const place = await mkdtemp(join(tmpdir(), 'modelmart-xgboost-'))
    try {
      const archive = join(place, 'xgboost.tar')
      await promisify(execFile)(...(engineCommand(engine, ['save', '--output', archive, image]) as [string, string[]]))
      await story.modelmart(world, ['account', 'create', 'aws-images', '--id', '683313688378'])
      const repository = ['sagemaker-xgboost:1.7-1', '--account', 'aws-images', '--share']
      await story.modelmart(world, ['images', 'import', archive, ...repository])
    } finally {
      await rm(place, { recursive: true })
    }
    const TrainingImage = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1'
    const job = await train(
      buyer,
      'built-in',
      { objective: 'reg:squarederror', num_round: '5' },
      { ...given(1), AlgorithmSpecification: { TrainingImage, TrainingInputMode: 'File' } },
    )
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    assert.equal(job.AlgorithmSpecification?.TrainingImage, TrainingImage)
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
