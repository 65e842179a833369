import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type {
  CreateHyperParameterTuningJobCommandInput,
  DescribeHyperParameterTuningJobCommandOutput,
  HyperParameterTrainingJobSummary,
} from '@aws-sdk/client-sagemaker'
import { describeTraining, download } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused, assertTells } from './world.ts'

type Config = CreateHyperParameterTuningJobCommandInput['HyperParameterTuningJobConfig']

/** Tunes examples/contract-probe, which prints its hyperparameter `accuracy` as the metric that it is tuned for. */
const tuningRequest = (
  party: Party,
  HyperParameterTuningJobName: string,
  StaticHyperParameters: Record<string, string>,
  config: Partial<Config> = {},
): CreateHyperParameterTuningJobCommandInput => ({
  HyperParameterTuningJobName,
  HyperParameterTuningJobConfig: {
    Strategy: 'Bayesian',
    HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'accuracy' },
    ParameterRanges: { ContinuousParameterRanges: [{ Name: 'accuracy', MinValue: '0.1', MaxValue: '0.9' }] },
    ResourceLimits: { MaxNumberOfTrainingJobs: 6, MaxParallelTrainingJobs: 2 },
    RandomSeed: 3,
    ...config,
  },
  TrainingJobDefinition: {
    AlgorithmSpecification: {
      TrainingImage: party.image,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'accuracy', Regex: 'accuracy=([0-9.]+);' }],
    },
    RoleArn: party.role,
    StaticHyperParameters,
    OutputDataConfig: { S3OutputPath: `s3://${party.bucket}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
  },
})

const describeTuning = ({ sagemaker }: Party, HyperParameterTuningJobName: string) =>
  sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName })

const tuningEnd = (party: Party, name: string): Promise<DescribeHyperParameterTuningJobCommandOutput> =>
  until(
    `tuning job ${name} ends`,
    () => describeTuning(party, name),
    ({ HyperParameterTuningJobStatus = '' }) => /^(Completed|Failed|Stopped)$/.test(HyperParameterTuningJobStatus),
  )

async function launched({ sagemaker }: Party, name: string): Promise<HyperParameterTrainingJobSummary[]> {
  const input = { HyperParameterTuningJobName: name, MaxResults: 100, SortBy: 'FinalObjectiveMetricValue' as const }
  return (await sagemaker.listTrainingJobsForHyperParameterTuningJob(input)).TrainingJobSummaries ?? []
}

const objectiveOf = (job: HyperParameterTrainingJobSummary | undefined) =>
  job?.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? Number.NaN

await onEveryEngine('tuning', 'contract-probe', at => {
  it('finds the best of its training jobs, and loses and repeats none when the server crashes', async () => {
    const { buyer, server } = at()
    const { HyperParameterTuningJobArn } = await buyer.sagemaker.createHyperParameterTuningJob(
      tuningRequest(buyer, 'tune', { mode: 'slow', seconds: '0.5' }),
    )
    for (const completed of [1, 3]) {
      const some = ({ TrainingJobStatusCounters: counters }: DescribeHyperParameterTuningJobCommandOutput) =>
        (counters?.Completed ?? 0) >= completed
      await until(`${completed} training jobs are done`, () => describeTuning(buyer, 'tune'), some)
      await server.crash()
    }
    const done = await tuningEnd(buyer, 'tune')
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed', done.FailureReason)
    assert.deepEqual(done.ObjectiveStatusCounters, { Succeeded: 6, Pending: 0, Failed: 0 })
    const jobs = await launched(buyer, 'tune')
    assert.deepEqual(jobs.map(objectiveOf), jobs.map(objectiveOf).toSorted())
    assert.deepEqual(
      jobs.map(objectiveOf),
      jobs.map(({ TunedHyperParameters }) => Number(TunedHyperParameters?.accuracy)),
    )
    assert.equal(new Set(jobs.map(objectiveOf)).size, 6)
    assert.ok(objectiveOf(jobs.at(-1)) > 0.8, `the best accuracy within 0.1 and 0.9 is ${objectiveOf(jobs.at(-1))}`)
    assert.equal(done.BestTrainingJob?.TrainingJobName, jobs.at(-1)?.TrainingJobName)

    const best = await describeTraining(buyer, done.BestTrainingJob?.TrainingJobName as string)
    assert.equal(best.TuningJobArn, HyperParameterTuningJobArn)
    const archive = gunzipSync(await download(buyer, best.ModelArtifacts?.S3ModelArtifacts as string)).toString()
    assertTells(archive, ['"_tuning_objective_metric": "accuracy"', `"accuracy": "${best.HyperParameters?.accuracy}"`])
    const { TrainingJobSummaries = [] } = await buyer.sagemaker.listTrainingJobs({ NameContains: 'tune-' })
    assert.equal(TrainingJobSummaries.length, 6)

    await buyer.sagemaker.deleteHyperParameterTuningJob({ HyperParameterTuningJobName: 'tune' })
    await assertRefused(describeTuning(buyer, 'tune'), 'ResourceNotFound', 400, /tune/)
    const left = await buyer.sagemaker.listTrainingJobs({ NameContains: 'tune-' })
    assert.equal(left.TrainingJobSummaries?.length, 6)
  })

  it('stops with all its training jobs, which keep their models', async () => {
    const { buyer } = at()
    await buyer.sagemaker.createHyperParameterTuningJob(tuningRequest(buyer, 'stop', { mode: 'slow', seconds: '60' }))
    const training = async () => {
      const input = { HyperParameterTuningJobName: 'stop' }
      const { TrainingJobSummaries = [] } = await buyer.sagemaker.listTrainingJobsForHyperParameterTuningJob(input)
      return Promise.all(TrainingJobSummaries.map(job => describeTraining(buyer, job.TrainingJobName as string)))
    }
    const running = await until(
      'two training jobs run',
      training,
      jobs => jobs.length === 2 && jobs.every(({ SecondaryStatus }) => SecondaryStatus === 'Training'),
    )
    await buyer.sagemaker.stopHyperParameterTuningJob({ HyperParameterTuningJobName: 'stop' })
    const done = await tuningEnd(buyer, 'stop')
    assert.equal(done.HyperParameterTuningJobStatus, 'Stopped')
    assert.equal(done.TrainingJobStatusCounters?.Stopped, 2)
    const stopped = await training()
    assert.equal(stopped.length, running.length)
    for (const job of stopped) {
      assert.equal(job.TrainingJobStatus, 'Stopped', job.FailureReason)
      assert.ok(job.ModelArtifacts?.S3ModelArtifacts)
    }
    const again = buyer.sagemaker.stopHyperParameterTuningJob({ HyperParameterTuningJobName: 'stop' })
    await assertRefused(again, 'ValidationException', 400, /is in status Stopped/)
  })

  it('fails with the reason of its training jobs', async () => {
    const { buyer } = at()
    const statics = { mode: 'exit', code: '7', message: 'the data is spoilt' }
    await buyer.sagemaker.createHyperParameterTuningJob(tuningRequest(buyer, 'fail', statics))
    const done = await tuningEnd(buyer, 'fail')
    assert.equal(done.HyperParameterTuningJobStatus, 'Failed')
    assertTells(done.FailureReason, [
      /^No training job succeeded after [56] attempts\. Of fail-00\d-/,
      'the data is spoilt',
      'exit code: 7',
    ])
  })

  it('is not seen by another account', async () => {
    const { seller } = at()
    await assertRefused(describeTuning(seller, 'stop'), 'ResourceNotFound', 400, /stop/)
    assert.deepEqual((await seller.sagemaker.listHyperParameterTuningJobs({})).HyperParameterTuningJobSummaries, [])
  })
})
