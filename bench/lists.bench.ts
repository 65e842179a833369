import type { SearchExpression } from '@aws-sdk/client-sagemaker'
import type { Actor } from './actor.ts'
import type { Bench, Figure } from './bench.ts'
import { insertJobs } from './listed-jobs.ts'
import { load } from './load.ts'
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
    await insertJobs(server, seller, few)
    await insertJobs(server, buyer, many)
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

/** Jobs with a channel of this name. */
export const channel = (name: string): SearchExpression => ({
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
