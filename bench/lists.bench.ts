import type { SearchExpression } from '@aws-sdk/client-sagemaker'
import { region } from '../demo/clients.ts'
import { trainingJobs } from '../src/sagemaker/training/training-job.ts'
import type { TrainingJobRow } from '../src/sagemaker/training/training-job-row.ts'
import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Actor } from './actor.ts'
import type { Bench, Figure } from './bench.ts'
import { load } from './load.ts'
import { instanceType } from './probe-product.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner } from './wire-request.ts'

const rounds = 3
const few = 100

/** Listing and searching training jobs: the first page of many against that of few. */
export const listsBench: Bench = {
  name: 'lists',
  async run(stage) {
    const [server, seller, buyer] = [await stage.server(), await stage.seller(), await stage.buyer()]
    const many = stage.full ? 100_000 : 10_000
    const store = await openSqliteStore(dataDirectory(server.data).database)
    for (const [actor, count] of [
      [seller, few],
      [buyer, many],
    ] as const)
      await store.transaction(async tx => {
        for (let index = 0; index < count; index++) await trainingJobs.insert(tx, trainingJob(actor, index))
      })
    await store.close()
    const figures: Figure[] = []
    for (const { work, operation, input, atMost } of works) {
      const page = (actor: Actor) => () => firstPage(stage, actor, operation, input)
      const taken = await alternate(rounds, { few: page(seller), many: page(buyer) })
      const told = { work: `${work} of ${many.toLocaleString('en-US')}`, unit: 'ms', ours: taken.many }
      figures.push(
        atMost === undefined
          ? { ...told, judged: 'value' }
          : { ...told, against: `of ${few}`, theirs: taken.few, judged: 'ratio', atMost },
      )
    }
    return figures
  },
}

interface Work {
  readonly work: string
  readonly operation: string
  readonly input: object
  /** For what an index leads to; what must look at every job has no goal. */
  readonly atMost?: number
}

const searching = (work: string, SearchExpression: SearchExpression, more: object = {}): Work => ({
  work: `Search, ${work},`,
  operation: 'Search',
  input: { Resource: 'TrainingJob', SearchExpression, ...more },
})

const channel = (name: string): SearchExpression => ({
  NestedFilters: [
    {
      NestedPropertyName: 'InputDataConfig',
      Filters: [{ Name: 'InputDataConfig.ChannelName', Operator: 'Equals', Value: name }],
    },
  ],
})

const isCompleted: SearchExpression = { Filters: [{ Name: 'TrainingJobStatus', Value: 'Completed' }] }

const works: readonly Work[] = [
  { work: 'ListTrainingJobs, newest first,', operation: 'ListTrainingJobs', input: {}, atMost: 2 },
  { work: 'ListTrainingJobs, by name,', operation: 'ListTrainingJobs', input: { SortBy: 'Name' }, atMost: 2 },
  { ...searching('nested filter', channel('train')), atMost: 2 },
  searching('nested filter that nothing matches', channel('absent')),
  searching('sorted by a metric', isCompleted, { SortBy: 'Metrics.accuracy' }),
]

async function firstPage(stage: Stage, { clients }: Actor, operation: string, input: object): Promise<number> {
  const { url } = await stage.server()
  const sign = createSigner(url, 'sagemaker', clients.credentials)
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `SageMaker.${operation}` }
  const requests = [await sign({ method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(input)) })]
  return (await load(url, { requests, connections: 1, seconds: 0.5 })).p50Ms
}

function trainingJob({ clients: { id: account }, role, bucket }: Actor, index: number): TrainingJobRow {
  const name = `listed-${index}`
  const at = Date.now() - index * 1000
  const hyperParameters = { depth: String(index % 9) }
  const source = { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${index % 100}` } }
  return {
    ...{ arn: `arn:aws:sagemaker:${region}:${account}:training-job/${name}`, account, region, name, parent: '' },
    ...{ status: 'Completed', created: at, modified: at, hyperParameters, metricDefinitions: [], command: [] },
    ...{
      imageDigest: 'sha256:none',
      attempt: 1,
      finalMetrics: { accuracy: { value: (index * 7919) % 1000, time: at } },
    },
    transitions: [{ Status: 'Completed', StartTime: at, EndTime: at }],
    request: {
      ...{ TrainingJobName: name, RoleArn: role, HyperParameters: hyperParameters },
      AlgorithmSpecification: { TrainingImage: 'listed', TrainingInputMode: 'File' },
      InputDataConfig: [{ ChannelName: 'train', DataSource: source }],
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
      ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    },
  }
}
