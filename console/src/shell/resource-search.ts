import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr'
import { ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { ListAliasesCommand } from '@aws-sdk/client-kms'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import {
  ListAlgorithmsCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListHyperParameterTuningJobsCommand,
  ListModelPackagesCommand,
  ListModelsCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
} from '@aws-sdk/client-sagemaker'
import { ecr } from '../api/ecr.ts'
import { iam } from '../api/iam.ts'
import { kms } from '../api/kms.ts'
import { logs } from '../api/logs.ts'
import { s3 } from '../api/s3.ts'
import { sagemaker } from '../api/sagemaker.ts'
import { searchListings } from '../marketplace/discovery.ts'
import { type PageName, pathTo } from '../route/path-table.ts'
import type { Found } from './search.ts'

/** So many of a kind, the newest first where the API can. */
const most = 5

/** What a page of a resource needs, and how the resource is called where that is something else. */
type Named = readonly [name: string | undefined, text?: string | undefined]

interface Source {
  readonly kind: string
  readonly page: PageName
  /** Those whose names hold the text. */
  find(text: string, region: string): Promise<readonly Named[]>
}

const named = <Item>(items: readonly Item[] | undefined, nameOf: (item: Item) => string | undefined): Named[] =>
  (items ?? []).map(item => [nameOf(item)] as const)

/** Of an API that lists and does not search: of its first page. */
const holding = (text: string, rows: readonly Named[]): Named[] =>
  rows.filter(row => row.some(word => word?.toLowerCase().includes(text.toLowerCase())))

const ask = (NameContains: string) => ({ NameContains, MaxResults: most })

const sources: readonly Source[] = [
  {
    ...{ kind: 'Product', page: 'product' },
    async find(text) {
      const { items } = await searchListings({ text, filters: [] }, false, undefined)
      return items.map(({ listingId, listingName }) => [listingId, listingName] as const)
    },
  },
  {
    ...{ kind: 'Training job', page: 'trainingJob' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListTrainingJobsCommand(ask(text)))).TrainingJobSummaries,
        ({ TrainingJobName }) => TrainingJobName,
      ),
  },
  {
    ...{ kind: 'Hyperparameter tuning job', page: 'tuningJob' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListHyperParameterTuningJobsCommand(ask(text))))
          .HyperParameterTuningJobSummaries,
        ({ HyperParameterTuningJobName }) => HyperParameterTuningJobName,
      ),
  },
  {
    ...{ kind: 'Endpoint configuration', page: 'endpointConfig' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListEndpointConfigsCommand(ask(text)))).EndpointConfigs,
        ({ EndpointConfigName }) => EndpointConfigName,
      ),
  },
  {
    ...{ kind: 'Model', page: 'model' },
    find: async (text, region) =>
      named((await sagemaker(region).send(new ListModelsCommand(ask(text)))).Models, ({ ModelName }) => ModelName),
  },
  {
    ...{ kind: 'Endpoint', page: 'endpoint' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListEndpointsCommand(ask(text)))).Endpoints,
        ({ EndpointName }) => EndpointName,
      ),
  },
  {
    ...{ kind: 'Batch transform job', page: 'transformJob' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListTransformJobsCommand(ask(text)))).TransformJobSummaries,
        ({ TransformJobName }) => TransformJobName,
      ),
  },
  {
    ...{ kind: 'Algorithm', page: 'algorithm' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListAlgorithmsCommand(ask(text)))).AlgorithmSummaryList,
        ({ AlgorithmName }) => AlgorithmName,
      ),
  },
  {
    ...{ kind: 'Model package', page: 'modelPackage' },
    find: async (text, region) =>
      named(
        (await sagemaker(region).send(new ListModelPackagesCommand(ask(text)))).ModelPackageSummaryList,
        ({ ModelPackageName }) => ModelPackageName,
      ),
  },
  {
    ...{ kind: 'Repository', page: 'repository' },
    async find(text, region) {
      const { repositories } = await ecr(region).send(new DescribeRepositoriesCommand({ maxResults: 1000 }))
      return holding(
        text,
        named(repositories, ({ repositoryName }) => repositoryName),
      )
    },
  },
  {
    ...{ kind: 'Bucket', page: 'bucket' },
    async find(text, region) {
      const { Buckets } = await s3(region).send(new ListBucketsCommand({ MaxBuckets: 1000 }))
      return holding(
        text,
        named(Buckets, ({ Name }) => Name),
      )
    },
  },
  {
    ...{ kind: 'Log group', page: 'logGroup' },
    async find(text, region) {
      const asked = { logGroupNamePattern: text, limit: most }
      const { logGroups } = await logs(region).send(new DescribeLogGroupsCommand(asked))
      return named(logGroups, ({ logGroupName }) => logGroupName)
    },
  },
  {
    ...{ kind: 'Key', page: 'key' },
    async find(text, region) {
      const { Aliases = [] } = await kms(region).send(new ListAliasesCommand({ Limit: 100 }))
      return holding(
        text,
        Aliases.map(({ TargetKeyId, AliasName }) => [TargetKeyId, AliasName] as const),
      )
    },
  },
  {
    ...{ kind: 'User', page: 'user' },
    async find(text, region) {
      const { Users } = await iam(region).send(new ListUsersCommand({ MaxItems: 1000 }))
      return holding(
        text,
        named(Users, ({ UserName }) => UserName),
      )
    },
  },
  {
    ...{ kind: 'Role', page: 'role' },
    async find(text, region) {
      const { Roles } = await iam(region).send(new ListRolesCommand({ MaxItems: 1000 }))
      return holding(
        text,
        named(Roles, ({ RoleName }) => RoleName),
      )
    },
  },
]

/** Products, and resources of the account in a region, by a part of their names; what one may not list is left out. */
export async function findResources(region: string, text: string): Promise<Found[]> {
  const all = await Promise.allSettled(sources.map(({ find }) => find(text, region)))
  return all.flatMap((answer, at) => {
    const { kind, page } = sources[at] as Source
    const rows = answer.status === 'fulfilled' ? answer.value.slice(0, most) : []
    return rows.map(([name = '', said = name]) => ({ text: said, kind, href: pathTo(page as 'model', { name }) }))
  })
}
