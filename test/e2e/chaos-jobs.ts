import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { unpackTar } from 'modern-tar'
import { algorithmRequest, tuningRequest } from './chaos-requests.ts'
import {
  channel,
  describeTraining,
  download,
  instanceType,
  invoke,
  makeModel,
  pythonJob,
  trainingRequest,
} from './jobs.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'

export interface End {
  readonly status: string
  readonly reason?: string
}

/** One resource that is carried through the storm. The containers of what it makes have its name in their ARNs. */
export interface ChaosJob {
  readonly kind: keyof typeof kinds
  readonly name: string
  begin(): Promise<void>
  /** How it has ended; undefined while it is under way. An endpoint has when it serves. */
  end(): Promise<End | undefined>
  /** Throws unless all that a success promises is there, byte for byte. */
  verify(): Promise<void>
}

/** What jobs read. */
const rows = Buffer.from(Array.from({ length: 40 }, (_, row) => `row ${row} ${'abc'.repeat(row)}\n`).join(''))
const reversed = Buffer.from(rows).reverse()
const prefix = 'chaos/'

/** Puts what jobs read and the models that transforms and endpoints serve. */
export async function prepare(party: Party): Promise<void> {
  for (const name of ['rows-1', 'rows-2', 'rows-3'])
    await party.s3.putObject({ Bucket: party.bucket, Key: prefix + name, Body: rows })
  await makeModel(party, 'upper', { PROBE_MODE: 'upper' })
  await makeModel(party, 'slow', { PROBE_MODE: 'slow', PROBE_DELAY_MS: '20' })
}

type Make = (party: Party, name: string) => Omit<ChaosJob, 'kind' | 'name'>

const input = (party: Party) => [channel(`s3://${party.bucket}/${prefix}`)] as const

/** Ends at once when asked to, without a model: what was cut short must not pass for done. */
const begin = 'import signal,time,os;signal.signal(15,lambda*_:os._exit(7));print("works",flush=True);'

const training =
  (instances: number, script: string, changes: object = {}): Make =>
  (party, name) => ({
    async begin() {
      const ResourceConfig = { InstanceType: instanceType, InstanceCount: instances, VolumeSizeInGB: 1 }
      const more = {
        InputDataConfig: [...input(party)],
        ResourceConfig,
        ...pythonJob(party, begin + script),
        ...changes,
      }
      await party.sagemaker.createTrainingJob(trainingRequest(party, name, {}, more))
    },
    end: () => trainingOutcome(party, name),
    async verify() {
      const files = await modelFiles(party, name)
      assert.equal(files.size, instances, `${name}: the model holds ${[...files.keys()]}`)
      for (const content of files.values()) assert.ok(content.equals(reversed), `${name}: a file of the model is wrong`)
    },
  })

const copy =
  'd=open("/opt/ml/input/data/training/rows-2","rb").read();open("/opt/ml/model/"+os.uname()[1],"wb").write(d[::-1])'

/** Handles SIGTERM by leaving another model and exit code 0, as good programs do. */
const polite: Make = (party, name) => ({
  async begin() {
    const parameters = { mode: 'slow', seconds: '3' }
    await party.sagemaker.createTrainingJob(
      trainingRequest(party, name, parameters, { InputDataConfig: [...input(party)] }),
    )
  },
  end: () => trainingOutcome(party, name),
  async verify() {
    const model = JSON.parse(String((await modelFiles(party, name)).get('model.json')))
    const sums = model.channels.training.map(({ sha256 }: { sha256: string }) => sha256)
    const sum = createHash('sha256').update(rows).digest('hex')
    assert.deepEqual(sums, [sum, sum, sum], `${name}: the container was not given what it asked for`)
  },
})

const transform =
  (model: string, expected: string): Make =>
  (party, name) => ({
    async begin() {
      await party.sagemaker.createTransformJob({
        TransformJobName: name,
        ModelName: model,
        BatchStrategy: 'SingleRecord',
        TransformInput: { SplitType: 'Line', DataSource: input(party)[0].DataSource },
        TransformOutput: { S3OutputPath: `s3://${party.bucket}/out/${name}`, AssembleWith: 'Line' },
        TransformResources: { InstanceType: instanceType, InstanceCount: 1 },
      })
    },
    async end() {
      const job = await party.sagemaker.describeTransformJob({ TransformJobName: name })
      return ended(job.TransformJobStatus, job.FailureReason)
    },
    verify: () => assertOutputs(party, `out/${name}`, expected, name),
  })

const certification: Make = (party, name) => ({
  async begin() {
    await party.sagemaker.createAlgorithm(algorithmRequest(party, name, input(party)[0]))
  },
  async end() {
    const found = await party.sagemaker.describeAlgorithm({ AlgorithmName: name })
    const { ValidationStatuses = [], ImageScanStatuses = [] } = found.AlgorithmStatusDetails ?? {}
    const failed = [...ValidationStatuses, ...ImageScanStatuses].find(({ Status }) => Status === 'Failed')
    return ended(found.AlgorithmStatus, failed?.FailureReason)
  },
  verify: () => assertOutputs(party, `out/${name}`, String(rows), name),
})

const trials = 3

const tuning: Make = (party, name) => ({
  async begin() {
    await party.sagemaker.createHyperParameterTuningJob(tuningRequest(party, name, trials))
  },
  async end() {
    const job = await party.sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName: name })
    return ended(job.HyperParameterTuningJobStatus, job.FailureReason)
  },
  async verify() {
    const given = { HyperParameterTuningJobName: name }
    const { TrainingJobSummaries = [] } = await party.sagemaker.listTrainingJobsForHyperParameterTuningJob(given)
    assert.equal(TrainingJobSummaries.length, trials, `${name}: trials are lost or repeated`)
    for (const { TrainingJobName = '', TrainingJobStatus } of TrainingJobSummaries) {
      if (TrainingJobStatus !== 'Completed') continue
      const job = await describeTraining(party, TrainingJobName)
      const model = JSON.parse(String((await modelFiles(party, TrainingJobName)).get('model.json')))
      assert.deepEqual(model.hyperparameters, job.HyperParameters)
      const { Value } = job.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'accuracy') ?? {}
      assert.equal(Value?.toFixed(4), Number(job.HyperParameters?.accuracy).toFixed(4), `${name}: a metric is wrong`)
    }
  },
})

async function makeEndpoint({ sagemaker }: Party, EndpointName: string, ModelName: string): Promise<void> {
  const variant = {
    VariantName: ModelName,
    ModelName,
    InstanceType: instanceType as 'ml.m5.large',
    InitialInstanceCount: 1,
  }
  const config = { EndpointConfigName: EndpointName, ProductionVariants: [variant] }
  await sagemaker.createEndpointConfig(config).catch(ignoreMadeBefore)
  await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName }).catch(ignoreMadeBefore)
}

/** The answer to the first try was lost with the server. */
export function ignoreMadeBefore(error: Error): void {
  if (!/already exist|must be unique|ResourceInUse/i.test(`${error.name} ${error.message}`)) throw error
}

const endpoint: Make = (party, name) => ({
  begin: () => makeEndpoint(party, name, 'upper'),
  async end() {
    const { EndpointStatus = '', FailureReason } = await party.sagemaker.describeEndpoint({ EndpointName: name })
    return /^(InService|Failed)$/.test(EndpointStatus) ? { status: EndpointStatus, reason: FailureReason } : undefined
  },
  async verify() {
    // Its instance may just have been killed, and another is on its way.
    const answer = await until(
      `${name} answers`,
      () => invoke(party, name, 'upper', 'hello').then(({ Body }) => String(Buffer.from(Body ?? [])), String),
      text => text === 'HELLO',
      60,
    )
    assert.equal(answer, 'HELLO')
  },
})

/** Deleted while it comes up, at a moment that the storm makes different every time. */
const fleeting: Make = (party, name) => ({
  async begin() {
    await makeEndpoint(party, name, 'slow')
    setTimeout(() => party.sagemaker.deleteEndpoint({ EndpointName: name }).catch(() => {}), 2000)
  },
  async end() {
    const found = await party.sagemaker.describeEndpoint({ EndpointName: name }).catch((error: Error) => error)
    if (found instanceof Error && /Could not find/.test(found.message)) return { status: 'Completed' }
    if (found instanceof Error) throw found
    if (found.EndpointStatus !== 'Deleting')
      await party.sagemaker.deleteEndpoint({ EndpointName: name }).catch(() => {})
    return undefined
  },
  verify: async () => {},
})

export const kinds = {
  single: training(1, `time.sleep(2.5);${copy}`),
  retried: training(1, `time.sleep(2.5);${copy}`, { RetryStrategy: { MaximumRetryAttempts: 5 } }),
  cluster: training(2, `time.sleep(2.5);${copy}`),
  /** Writes more than the disk of the server holds. */
  flood: training(
    1,
    'f=open("/opt/ml/model/x","wb",0);[(f.write(os.urandom(1<<22)),print("wrote",f.tell(),flush=True)) for _ in iter(int,1)]',
  ),
  polite,
  transform: transform('slow', String(rows)),
  upper: transform('upper', String(rows).toUpperCase()),
  tuning,
  certification,
  endpoint,
  fleeting,
}

export const chaosJob = (party: Party, kind: keyof typeof kinds, name: string): ChaosJob => ({
  kind,
  name,
  ...kinds[kind](party, name),
})

const ended = (status = '', reason?: string): End | undefined =>
  /^(Completed|Failed|Stopped)$/.test(status) ? { status, ...(reason !== undefined && { reason }) } : undefined

async function trainingOutcome(party: Party, name: string): Promise<End | undefined> {
  const { TrainingJobStatus, FailureReason } = await describeTraining(party, name)
  return ended(TrainingJobStatus, FailureReason)
}

async function modelFiles(party: Party, name: string): Promise<Map<string, Buffer>> {
  const { ModelArtifacts } = await describeTraining(party, name)
  const archive = await download(party, ModelArtifacts?.S3ModelArtifacts as string)
  const entries = await unpackTar(gunzipSync(archive))
  const files = entries.filter(({ header }) => header.type === 'file')
  return new Map(files.map(({ header, data }) => [header.name.replace(/^\.\//, ''), Buffer.from(data ?? [])]))
}

async function assertOutputs(party: Party, below: string, expected: string, name: string): Promise<void> {
  for (const object of ['rows-1', 'rows-2', 'rows-3']) {
    const found = String(await download(party, `s3://${party.bucket}/${below}/${object}.out`))
    assert.equal(found, expected, `${name}: ${object}.out is wrong`)
  }
}
