import type { HyperParameterSpecification } from '@aws-sdk/client-sagemaker'
import { clock, systemClock, useClock } from '../../ground/clock.ts'
import { openIamFixture, trust } from '../../iam/iam.fixture.ts'
import { createMarket } from '../../marketplace/market.ts'
import type { Context, Platform } from '../../service/context.ts'
import type { Store } from '../../store/store.ts'
import { type AlgorithmRow, algorithms } from '../product/algorithm.ts'
import { sageMakerArn, serviceContext } from '../service-context.ts'
import { trainingJobs } from '../training/training-job.ts'
import type { TrainingJobRow } from '../training/training-job-row.ts'
import { hyperParameterTuningJobReconciler } from './hyper-parameter-tuning-job.reconcile.ts'
import * as operations from './hyper-parameter-tuning-job.ts'
import * as views from './tuning-job-view.ts'
import { type TrialRow, trialsOf } from './tuning-trial.ts'

const region = 'us-east-1'
const start = Date.parse('2026-11-20T12:00:00Z')
export const role = 'Worker'

export type TuningInput = Parameters<typeof operations.createHyperParameterTuningJob>[0]
type Config = Partial<TuningInput['HyperParameterTuningJobConfig']>

const parameters: HyperParameterSpecification[] = [
  {
    Name: 'rate',
    Type: 'Continuous',
    IsTunable: true,
    Range: { ContinuousParameterRangeSpecification: { MinValue: '0', MaxValue: '1' } },
  },
  {
    Name: 'depth',
    Type: 'Integer',
    IsTunable: true,
    Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '64' } },
  },
  {
    Name: 'kernel',
    Type: 'Categorical',
    IsTunable: true,
    Range: { CategoricalParameterRangeSpecification: { Values: ['linear', 'rbf', 'poly'] } },
  },
  { Name: 'epochs', Type: 'Integer', IsTunable: false, DefaultValue: '10' },
  { Name: 'note', Type: 'FreeText' },
]

/** For tests: an account with a role and an algorithm to tune, and a clock. Training jobs end when the test says so, in their rows. */
export async function openTuningFixture() {
  const house = await openIamFixture()
  let time = start
  useClock({ ...systemClock, now: () => time })
  const now = () => new Date(clock.now())
  await house.root.iam('CreateRole', {
    RoleName: role,
    AssumeRolePolicyDocument: trust({ Service: 'sagemaker.amazonaws.com' }),
  })
  const { store, account } = house
  const market = createMarket({ store, now, escrowAccount: '865070037744' })
  const platformOn = (at: Store) => ({ store: at, iam: house.engine, market, now }) as unknown as Platform
  const ctx: Context = { ...serviceContext(platformOn(store), account, region), principal: house.root.principal }
  await store.transaction(tx => algorithms.insert(tx, algorithm(account)))
  const arnOf = (name: string) => ctx.arn('hyper-parameter-tuning-job', name)
  const reconcileOn = (at: Store, name: string) =>
    hyperParameterTuningJobReconciler(platformOn(at))(arnOf(name), new AbortController().signal)

  const trials = (name: string) => trialsOf(store, arnOf(name))
  const jobOf = async (trial: TrialRow) => (await trainingJobs.get(store, trial.trainingJobArn)) as TrainingJobRow
  return {
    ...{ store, ctx, account, trials, jobOf, reconcileOn },
    role: `arn:aws:iam::${account}:role/${role}`,
    reconcile: (name: string) => reconcileOn(store, name),
    pass: (seconds: number) => {
      time += seconds * 1000
    },
    create: (input: TuningInput) => operations.createHyperParameterTuningJob(input, ctx),
    stop: (name: string) => operations.stopHyperParameterTuningJob({ HyperParameterTuningJobName: name }, ctx),
    remove: (name: string) => operations.deleteHyperParameterTuningJob({ HyperParameterTuningJobName: name }, ctx),
    describe: (name: string) => views.describeHyperParameterTuningJob({ HyperParameterTuningJobName: name }, ctx),
    list: (input: Parameters<typeof views.listHyperParameterTuningJobs>[0]) =>
      views.listHyperParameterTuningJobs(input, ctx),
    listTraining: (input: Parameters<typeof views.listTrainingJobsForHyperParameterTuningJob>[0]) =>
      views.listTrainingJobsForHyperParameterTuningJob(input, ctx),
    open: async (name: string) => (await trials(name)).filter(({ objectiveStatus }) => objectiveStatus === 'Pending'),
    /** Ends a trial's training job as its reconciler would, with this value of the objective. */
    async end(trial: TrialRow, accuracy: number | undefined, change: Partial<TrainingJobRow> = {}): Promise<void> {
      time += 1000
      const finalMetrics: TrainingJobRow['finalMetrics'] =
        accuracy === undefined ? {} : { accuracy: { value: accuracy, time } }
      await store.transaction(async tx => {
        const ended: Partial<TrainingJobRow> = { status: 'Completed', finalMetrics, trainingEnd: time, ...change }
        const job = await trainingJobs.update(tx, trial.trainingJobArn, ended)
        await tx.enqueue(job.notify?.kind as string, job.notify?.key as string)
      })
    },
  }
}

/** What a training job of these hyperparameters achieves. */
export const score = ({ values }: TrialRow): number => 1 - (Number(values.rate) - 0.7) ** 2 - Number(values.depth) / 100

/** Ends what runs and looks again, until the tuning job has ended. */
export async function carry(
  house: TuningFixture,
  name: string,
  end: (trial: TrialRow) => Promise<void> = trial => house.end(trial, score(trial)),
) {
  for (let round = 0; round < 50; round++) {
    await house.reconcile(name)
    if ((await house.describe(name)).HyperParameterTuningJobStatus !== 'InProgress') break
    for (const trial of await house.open(name)) await end(trial)
  }
  return house.describe(name)
}

export type TuningFixture = Awaited<ReturnType<typeof openTuningFixture>>

function algorithm(account: string): AlgorithmRow {
  const TrainingSpecification = {
    TrainingImage: `${account}.dkr.ecr.${region}.amazonaws.com/probe`,
    SupportedTrainingInstanceTypes: ['ml.m5.large'],
    TrainingChannels: [],
    SupportedHyperParameters: parameters,
    MetricDefinitions: [
      { Name: 'accuracy', Regex: 'accuracy=([0-9.]+)' },
      { Name: 'loss', Regex: 'loss=([0-9.]+)' },
    ],
    SupportedTuningJobObjectiveMetrics: [{ Type: 'Maximize', MetricName: 'accuracy' }],
  } as AlgorithmRow['request']['TrainingSpecification']
  return {
    arn: sageMakerArn(region, account, 'algorithm', 'trees'),
    ...{ account, region, name: 'trees', parent: '', status: 'Completed', created: start, modified: start },
    request: { AlgorithmName: 'trees', TrainingSpecification },
    ...{ trainingImageDigest: `sha256:${'0'.repeat(64)}`, inferenceImageDigests: [], validation: [], imageScans: [] },
  }
}

/** A definition of training jobs of the algorithm. */
export const definition = (house: TuningFixture, change: object = {}) =>
  ({
    AlgorithmSpecification: { AlgorithmName: 'trees', TrainingInputMode: 'File' },
    RoleArn: house.role,
    OutputDataConfig: { S3OutputPath: 's3://data/out' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
    StaticHyperParameters: { note: 'hello' },
    ...change,
  }) as unknown as NonNullable<TuningInput['TrainingJobDefinition']>

export const objective = { Type: 'Maximize', MetricName: 'accuracy' } as const

export const ranges = {
  ContinuousParameterRanges: [{ Name: 'rate', MinValue: '0', MaxValue: '1' }],
  IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '10' }],
}

/** A request to tune the algorithm, to the limits and with the changes of configuration and request that are given. */
export const tuning = (
  house: TuningFixture,
  HyperParameterTuningJobName: string,
  limits: object = {},
  config: Config = {},
  change: object = {},
): TuningInput =>
  ({
    HyperParameterTuningJobName,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: objective,
      ParameterRanges: ranges,
      ResourceLimits: { MaxNumberOfTrainingJobs: 6, MaxParallelTrainingJobs: 2, ...limits },
      RandomSeed: 1,
      ...config,
    },
    TrainingJobDefinition: definition(house),
    ...change,
  }) as TuningInput
