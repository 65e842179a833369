import assert from 'node:assert/strict'
import type { SageMaker } from '@aws-sdk/client-sagemaker'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'
import * as requests from './requests.ts'

const at = installation(async ({ owner }) => {
  await requests.createModel(owner, 'model')
  await requests.createEndpointConfig(owner, 'config')
  await requests.createSharedEndpoint(owner)
})
const guide = (operation: string) => verified(`SageMaker API Reference, ${operation}`)

interface Listing {
  readonly operation: string
  /** Members of the answer and of its items. */
  readonly items: string
  readonly name: string
  readonly order: 'Ascending' | 'Descending'
  readonly create: (name: string) => Promise<unknown>
  /** A status that all have, and one that none has. */
  readonly status?: readonly [string, string]
  readonly modified?: boolean
}

const listings: readonly Listing[] = [
  {
    operation: 'ListModels',
    items: 'Models',
    name: 'ModelName',
    order: 'Descending',
    create: name => requests.createModel(at.owner, name),
  },
  {
    operation: 'ListEndpointConfigs',
    items: 'EndpointConfigs',
    name: 'EndpointConfigName',
    order: 'Descending',
    create: name => requests.createEndpointConfig(at.owner, name),
  },
  {
    operation: 'ListEndpoints',
    items: 'Endpoints',
    name: 'EndpointName',
    order: 'Descending',
    create: name => at.owner.sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: 'config' }),
    status: ['Creating', 'InService'],
    modified: true,
  },
  {
    operation: 'ListInferenceComponents',
    items: 'InferenceComponents',
    name: 'InferenceComponentName',
    order: 'Descending',
    create: name => requests.createInferenceComponent(at.owner, name),
    status: ['Creating', 'InService'],
    modified: true,
  },
  {
    operation: 'ListTrainingJobs',
    items: 'TrainingJobSummaries',
    name: 'TrainingJobName',
    order: 'Descending',
    create: name => at.owner.sagemaker.createTrainingJob(requests.trainingJob(at.owner, name)),
    status: ['InProgress', 'Completed'],
    modified: true,
  },
  {
    operation: 'ListTransformJobs',
    items: 'TransformJobSummaries',
    name: 'TransformJobName',
    order: 'Descending',
    create: name => at.owner.sagemaker.createTransformJob(requests.transformJob(at.owner, name)),
    status: ['InProgress', 'Completed'],
    modified: true,
  },
  {
    operation: 'ListAlgorithms',
    items: 'AlgorithmSummaryList',
    name: 'AlgorithmName',
    order: 'Ascending',
    create: name => at.owner.sagemaker.createAlgorithm(requests.algorithm(at.owner, name)),
  },
  {
    operation: 'ListModelPackageGroups',
    items: 'ModelPackageGroupSummaryList',
    name: 'ModelPackageGroupName',
    order: 'Ascending',
    create: name => at.owner.sagemaker.createModelPackageGroup({ ModelPackageGroupName: name }),
  },
  {
    operation: 'ListModelPackages',
    items: 'ModelPackageSummaryList',
    name: 'ModelPackageName',
    order: 'Ascending',
    create: name =>
      at.owner.sagemaker.createModelPackage({
        ModelPackageName: name,
        InferenceSpecification: requests.inference(at.owner),
      }),
  },
]

interface Page {
  readonly names: string[]
  readonly NextToken?: string
  readonly times: Date[]
}

async function list(
  { operation, items, name }: Listing,
  input: object,
  client: SageMaker = at.owner.sagemaker,
): Promise<Page> {
  const method = `l${operation.slice(1)}` as 'listModels'
  const answer = (await client[method]({ NameContains: 'page', ...input })) as unknown as Record<string, unknown>
  const rows = answer[items] as Record<string, unknown>[]
  return {
    names: rows.map(row => row[name] as string),
    times: rows.map(row => row.CreationTime as Date),
    ...(answer.NextToken !== undefined && { NextToken: answer.NextToken as string }),
  }
}

/** Four of each kind, whose names and times do not rise together. */
const names = ['page-c', 'page-a', 'page-d', 'page-b']

for (const listing of listings) {
  const oldestFirst = (all: readonly string[]) => (listing.order === 'Ascending' ? [...all] : [...all].reverse())

  parity(listing.operation, guide(listing.operation), 'sorts, filters and pages', async () => {
    for (const name of names) {
      await listing.create(name)
      await new Promise(resolve => setTimeout(resolve, 3))
    }
    const all = await list(listing, {})
    assert.deepEqual(all.names, oldestFirst(names), `by creation, ${listing.order} when not asked`)
    assert.equal(all.NextToken, undefined, 'a listing that fits has no token')
    assert.deepEqual((await list(listing, { SortBy: 'Name', SortOrder: 'Ascending' })).names, [...names].sort())
    assert.deepEqual(
      (await list(listing, { SortBy: 'Name', SortOrder: 'Descending' })).names,
      [...names].sort().reverse(),
    )
    assert.deepEqual((await list(listing, { NameContains: 'age-d' })).names, ['page-d'])
    const middle = all.times[1] as Date
    const after = await list(listing, { CreationTimeAfter: middle })
    const before = await list(listing, { CreationTimeBefore: middle })
    const at1 = listing.order === 'Ascending' ? [after, before] : [before, after]
    assert.deepEqual(
      at1.map(page => page?.names),
      [all.names.slice(2), all.names.slice(0, 1)],
    )
  })

  parity(
    listing.operation,
    unverified('AWS tells nothing of tokens'),
    'a token survives inserts and holds for its question alone',
    async () => {
      const first = await list(listing, { MaxResults: 2, SortBy: 'Name', SortOrder: 'Ascending' })
      assert.deepEqual(first.names, ['page-a', 'page-b'])
      const { NextToken } = first
      await listing.create('page-a2')
      const rest = await list(listing, { MaxResults: 2, SortBy: 'Name', SortOrder: 'Ascending', NextToken })
      assert.deepEqual(rest.names, ['page-c', 'page-d'], 'an insert before it neither repeats nor hides')
      assert.equal(rest.NextToken, undefined)
      const asked = { SortBy: 'Name', SortOrder: 'Ascending' }
      for (const [what, input, client] of [
        ['other order', { SortBy: 'Name', SortOrder: 'Descending', NextToken }],
        ['other filter', { ...asked, NameContains: 'a', NextToken }],
        ['forged', { ...asked, NextToken: `${(NextToken ?? '').slice(0, -4)}AAAA` }],
        ['no token at all', { ...asked, NextToken: 'x' }],
        ['other account', { ...asked, NextToken }, at.stranger.sagemaker],
      ] as const)
        await refused(list(listing, input, client), 'ValidationException', /NextToken/).catch(error => {
          throw new Error(`${what}: ${error.message}`)
        })
      assert.deepEqual((await list(listing, {}, at.stranger.sagemaker)).names, [], 'another account has none')
    },
  )

  const { status } = listing
  if (status)
    parity(listing.operation, guide(listing.operation), 'filters by status and change', async () => {
      assert.equal((await list(listing, { StatusEquals: status[0] })).names.length, 5)
      assert.deepEqual((await list(listing, { StatusEquals: status[1] })).names, [])
      const future = new Date(Date.now() + 60_000)
      assert.deepEqual((await list(listing, { LastModifiedTimeAfter: future })).names, [])
      assert.equal((await list(listing, { LastModifiedTimeBefore: future })).names.length, 5)
      assert.equal((await list(listing, { SortBy: 'Status' })).names.length, 5)
    })
}

parity(
  'ListModelPackages',
  guide('ListModelPackages'),
  'unversioned unless asked for versions, and by approval',
  async () => {
    const { sagemaker } = at.owner
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'versions' })
    const arns = [
      await requests.createVersion(at.owner, 'versions', { ModelApprovalStatus: 'Approved' }),
      await requests.createVersion(at.owner, 'versions'),
      await requests.createVersion(at.owner, 'versions', { ModelApprovalStatus: 'Approved' }),
    ]
    const arnsOf = async (input: object): Promise<(string | undefined)[]> => {
      const found: (string | undefined)[] = []
      let NextToken: string | undefined
      do {
        const page = await sagemaker.listModelPackages({ MaxResults: 1, ...input, ...(NextToken && { NextToken }) })
        found.push(...(page.ModelPackageSummaryList ?? []).map(({ ModelPackageArn }) => ModelPackageArn))
        NextToken = page.NextToken
      } while (NextToken)
      return found
    }
    assert.deepEqual(await arnsOf({ ModelPackageGroupName: 'versions' }), arns)
    assert.deepEqual(await arnsOf({ ModelPackageType: 'Versioned' }), arns)
    assert.deepEqual(await arnsOf({ ModelPackageType: 'Both', ModelApprovalStatus: 'Approved' }), [arns[0], arns[2]])
    assert.equal((await arnsOf({ ModelPackageType: 'Both' })).length, 5 + arns.length)
    assert.equal((await arnsOf({})).length, 5)
    assert.deepEqual(await arnsOf({ ModelPackageGroupName: 'versions', ModelApprovalStatus: 'Rejected' }), [])
  },
)
