import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SearchCommandInput, SearchExpression } from '@aws-sdk/client-sagemaker'
import { searchables } from '../../src/sagemaker/search/search-resources.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'
import { createEndpointConfig, createModel, createVersion, trainingJob } from './requests.ts'

const jobs = [
  { name: 'one', rate: '0.1', tag: 'red', channel: 'train', uri: 'cats' },
  { name: 'two', rate: '0.5', tag: 'blue', channel: 'train', uri: 'dogs' },
  { name: 'three', rate: '0.9', tag: 'red', channel: 'test', uri: 'cats' },
]

const at = installation(async ({ owner }) => {
  for (const { name, rate, tag, channel, uri } of jobs) {
    await owner.sagemaker.createTrainingJob({
      ...trainingJob(owner, name),
      HyperParameters: { rate, 'with.dot': name },
      Tags: [{ Key: 'colour', Value: tag }],
      InputDataConfig: [
        {
          ChannelName: channel,
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://parity-data/${uri}` } },
        },
        {
          ChannelName: 'other',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://parity-data/birds' } },
        },
      ],
      ...(name === 'three' && { Environment: { MODE: 'fast' } }),
    })
    await new Promise(resolve => setTimeout(resolve, 3))
  }
  await owner.sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'group' })
  await createVersion(owner, 'group', { ModelApprovalStatus: 'Approved' })
  await createVersion(owner, 'group')
  await createModel(owner, 'model')
  await createEndpointConfig(owner, 'config')
  await owner.sagemaker.createEndpoint({ EndpointName: 'endpoint', EndpointConfigName: 'config' })
})

const reference = verified('SageMaker API Reference, Search, SearchExpression, NestedFilters and Filter')

const search = (input: Partial<SearchCommandInput>) =>
  at.owner.sagemaker.search({ Resource: 'TrainingJob', SortBy: 'CreationTime', SortOrder: 'Ascending', ...input })

const found = async (SearchExpression: SearchExpression) =>
  ((await search({ SearchExpression })).Results ?? []).map(({ TrainingJob }) => TrainingJob?.TrainingJobName)

parity('Search', reference, 'by operators, of text, numbers, times, tags and hyperparameters', async () => {
  const by = (Name: string, Operator: string, Value?: string) =>
    found({ Filters: [{ Name, Operator: Operator as 'Equals', ...(Value !== undefined && { Value }) }] })
  assert.deepEqual(await by('TrainingJobName', 'Equals', 'two'), ['two'])
  assert.deepEqual(
    await found({ Filters: [{ Name: 'TrainingJobName', Value: 'two' }] }),
    ['two'],
    'Equals when not said',
  )
  assert.deepEqual(await by('TrainingJobName', 'NotEquals', 'two'), ['one', 'three'])
  assert.deepEqual(await by('TrainingJobName', 'Contains', 'o'), ['one', 'two'])
  assert.deepEqual(await by('TrainingJobName', 'In', 'one,three,none'), ['one', 'three'])
  assert.deepEqual(await by('HyperParameters.rate', 'LessThan', '0.5'), ['one'])
  assert.deepEqual(await by('HyperParameters.rate', 'GreaterThanOrEqualTo', '0.5'), ['two', 'three'])
  assert.deepEqual(
    await by('HyperParameters.rate', 'Equals', '0'),
    ['one', 'two', 'three'],
    'decimals count as integers',
  )
  assert.deepEqual(await by('HyperParameters.with.dot', 'Equals', 'one'), ['one'])
  assert.deepEqual(await by('Tags.colour', 'Equals', 'red'), ['one', 'three'])
  assert.deepEqual(await by('Environment.MODE', 'Exists'), ['three'])
  assert.deepEqual(await by('Environment.MODE', 'NotExists'), ['one', 'two'])
  assert.deepEqual(await by('ResourceConfig.InstanceCount', 'GreaterThan', '1'), [])
  assert.deepEqual(await by('CreationTime', 'GreaterThan', '2020-01-01T00:00:00Z'), ['one', 'two', 'three'])
  assert.deepEqual(await by('CreationTime', 'LessThan', '2020-01-01'), [])
  assert.deepEqual(await by('EnableNetworkIsolation', 'Equals', 'false'), ['one', 'two', 'three'])
  assert.deepEqual(await by('InputDataConfig.ChannelName', 'Equals', 'test'), ['three'], 'through lists')
})

parity('Search', reference, 'expressions within expressions, and filters on one item of a list', async () => {
  const red = { Name: 'Tags.colour', Value: 'red' }
  const two = { Name: 'TrainingJobName', Value: 'two' }
  assert.deepEqual(await found({ Filters: [red, two] }), [])
  assert.deepEqual(await found({ Filters: [red, two], Operator: 'Or' }), ['one', 'two', 'three'])
  const slow: SearchExpression = { Filters: [{ Name: 'HyperParameters.rate', Operator: 'LessThan', Value: '0.9' }] }
  assert.deepEqual(await found({ Filters: [red], SubExpressions: [slow] }), ['one'])
  assert.deepEqual(
    await found({ SubExpressions: [{ Filters: [two] }, { Filters: [red], SubExpressions: [slow] }], Operator: 'Or' }),
    ['one', 'two'],
  )
  const nested = (channel: string, uri: string): SearchExpression => ({
    NestedFilters: [
      {
        NestedPropertyName: 'InputDataConfig',
        Filters: [
          { Name: 'InputDataConfig.ChannelName', Operator: 'Equals', Value: channel },
          { Name: 'InputDataConfig.DataSource.S3DataSource.S3Uri', Operator: 'Contains', Value: uri },
        ],
      },
    ],
  })
  assert.deepEqual(await found(nested('train', 'cats')), ['one'])
  assert.deepEqual(await found(nested('train', 'birds')), [], 'one item must satisfy all')
  assert.deepEqual(await found(nested('other', 'birds')), ['one', 'two', 'three'])
})

parity('Search', reference, 'what cannot be meant is refused', async () => {
  const refuse = (SearchExpression: SearchExpression, message: RegExp) =>
    refused(search({ SearchExpression }), 'ValidationException', message)
  await refuse({}, /at least one filter/)
  await refuse({ Filters: [{ Name: 'Nonsense', Value: '1' }] }, /Unknown property name for TrainingJob: Nonsense/)
  await refuse(
    { Filters: [{ Name: 'TrainingJobName', Operator: 'GreaterThan', Value: 'a' }] },
    /not supported for text/,
  )
  await refuse({ Filters: [{ Name: 'CreationTime', Operator: 'Contains', Value: '2' }] }, /only for text/)
  await refuse({ Filters: [{ Name: 'CreationTime', Operator: 'LessThan', Value: 'now' }] }, /is a time/)
  await refuse({ Filters: [{ Name: 'TrainingJobName' }] }, /needs a Value/)
  const contains = { Name: 'TrainingJobName', Operator: 'Contains' as const, Value: 'o' }
  await refuse({ Filters: [contains, contains] }, /'CONTAINS' operator usage limit of 1 exceeded/)
  const many = Array.from({ length: 11 }, () => ({ Name: 'TrainingJobName', Value: 'x' }))
  await refuse({ Filters: many, SubExpressions: many.map(filter => ({ Filters: [filter] })) }, /at most 20 elements/)
  const nested = { NestedPropertyName: 'InputDataConfig', Filters: [{ Name: 'TrainingJobName', Value: 'x' }] }
  await refuse({ NestedFilters: [nested] }, /must name its properties/)
  await refused(search({ SortBy: 'Nonsense' }), 'ValidationException', /Unknown property/)
  await refused(search({ Resource: 'Pipeline' }), 'ValidationException', /Search for Pipeline is not supported/)
})

parity('Search', reference, 'sorts by any property, and pages', async () => {
  const pages = async (input: Partial<SearchCommandInput>) => {
    const names: (string | undefined)[] = []
    const totals: unknown[] = []
    let NextToken: string | undefined
    do {
      const page = await search({ MaxResults: 2, ...input, ...(NextToken && { NextToken }) })
      names.push(...(page.Results ?? []).map(({ TrainingJob }) => TrainingJob?.TrainingJobName))
      totals.push(page.TotalHits)
      NextToken = page.NextToken
    } while (NextToken)
    return { names, totals }
  }
  const { names, totals } = await pages({})
  assert.deepEqual(names, ['one', 'two', 'three'])
  assert.deepEqual(totals, [
    { Value: 3, Relation: 'GreaterThanOrEqualTo' },
    { Value: 3, Relation: 'EqualTo' },
  ])
  assert.deepEqual((await pages({ SortOrder: 'Descending' })).names, ['three', 'two', 'one'])
  assert.deepEqual((await pages({ SortBy: 'TrainingJobName' })).names, ['one', 'three', 'two'])
  assert.deepEqual((await pages({ SortBy: 'HyperParameters.rate', SortOrder: 'Descending' })).names, [
    'three',
    'two',
    'one',
  ])
  assert.deepEqual((await pages({ SortBy: 'Environment.MODE' })).names.at(0), 'three', 'those without come last')
  const { NextToken } = await search({ MaxResults: 2 })
  await refused(search({ MaxResults: 2, SortBy: 'TrainingJobName', NextToken }), 'ValidationException', /NextToken/)
  const { Results: changed = [] } = await at.owner.sagemaker.search({ Resource: 'TrainingJob' })
  const times = changed.map(({ TrainingJob }) => Number(TrainingJob?.LastModifiedTime))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
    'the last changed first when not asked',
  )
})

parity('Search', reference, 'over the other resources, one’s own only', async () => {
  const only = async (Resource: SearchCommandInput['Resource'], Filters?: SearchExpression['Filters']) =>
    (await at.owner.sagemaker.search({ Resource, ...(Filters && { SearchExpression: { Filters } }) })).Results ?? []
  const approved = await only('ModelPackage', [{ Name: 'ModelApprovalStatus', Value: 'Approved' }])
  assert.deepEqual(
    approved.map(({ ModelPackage }) => ModelPackage?.ModelPackageVersion),
    [1],
  )
  const groups = await only('ModelPackageGroup')
  assert.deepEqual(
    groups.map(({ ModelPackageGroup }) => ModelPackageGroup?.ModelPackageGroupName),
    ['group'],
  )
  const endpoints = await only('Endpoint', [{ Name: 'EndpointStatus', Value: 'Creating' }])
  assert.deepEqual(
    endpoints.map(({ Endpoint }) => Endpoint?.EndpointName),
    ['endpoint'],
  )
  assert.deepEqual((await at.stranger.sagemaker.search({ Resource: 'TrainingJob' })).Results, [])
})

parity(
  'GetSearchSuggestions',
  unverified('AWS documents only that names begin with the hint'),
  'names that begin with the hint',
  async () => {
    const suggest = async (hint: string) => {
      const SuggestionQuery = { PropertyNameQuery: { PropertyNameHint: hint } }
      const { PropertyNameSuggestions } = await at.owner.sagemaker.getSearchSuggestions({
        Resource: 'TrainingJob',
        SuggestionQuery,
      })
      return PropertyNameSuggestions?.map(({ PropertyName }) => PropertyName)
    }
    assert.deepEqual(await suggest('TrainingJob'), ['TrainingJobArn', 'TrainingJobName', 'TrainingJobStatus'])
    assert.deepEqual(await suggest('HyperParameters.r'), ['HyperParameters.rate'])
    assert.deepEqual(await suggest('Tags.'), ['Tags.colour'])
    assert.ok((await suggest(''))?.includes('InputDataConfig.DataSource.S3DataSource.S3Uri'))
  },
)

/** Every text within a value, with the name of the member that holds it. */
function* textsIn(value: unknown, member = ''): Generator<readonly [member: string, text: string]> {
  if (typeof value === 'string') yield [member, value]
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    for (const [name, inner] of Object.entries(value)) yield* textsIn(inner, Array.isArray(value) ? member : name)
}

test('what is searched is told as it is kept: Search leaves records unread whose JSON lacks the text', async () => {
  const { db, close } = await openDataStore(at.data)
  const documents = db.selectFrom('resource').select('document')
  for (const { kind, view } of Object.values(searchables))
    for (const { document } of await documents.where('kind', '=', kind.kind).execute())
      for (const [member, text] of textsIn(view(JSON.parse(document))))
        if (member !== 'ResolvedImage')
          assert.ok(document.includes(JSON.stringify(text).slice(1, -1)), `${kind.kind} ${member}: ${text}`)
  await close()
})

parity('Search', reference, 'texts with quotes, and texts of an image that is resolved when told', async () => {
  const { owner } = at
  await owner.sagemaker.createTrainingJob({
    ...trainingJob(owner, 'quoted'),
    HyperParameters: { motto: 'say "yes" \\ café' },
    Tags: [{ Key: 'motto', Value: 'café' }],
  })
  const by = (Name: string, Operator: 'Equals' | 'Contains', Value: string) =>
    found({ Filters: [{ Name, Operator, Value }] })
  assert.deepEqual(await by('HyperParameters.motto', 'Equals', 'say "yes" \\ café'), ['quoted'])
  assert.deepEqual(await by('HyperParameters.motto', 'Contains', '" \\ caf'), ['quoted'])
  assert.deepEqual(await by('Tags.motto', 'Equals', 'café'), ['quoted'])
  const resolved = { Name: 'ProductionVariants.DeployedImages.ResolvedImage', Operator: 'Contains' as const }
  const filters = { Filters: [{ ...resolved, Value: 'sha256:' }] }
  const { Results } = await owner.sagemaker.search({ Resource: 'Endpoint', SearchExpression: filters })
  assert.deepEqual(Results, [], 'an endpoint that is being made has no images yet')
})
