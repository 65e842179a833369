import assert from 'node:assert/strict'
import { EventBridge, type PutTargetsCommandInput } from '@aws-sdk/client-eventbridge'
import { clientOf, installation } from './installation.ts'
import { eventually, parityOf, refused, unverified, verified } from './parity.ts'
import { createModel, trainingJob, transformJob, tuningJob, variant } from './requests.ts'
import { userWith } from './user.ts'

let events: EventBridge
const at = installation(async opened => {
  events = clientOf(EventBridge, opened)
})
const parity = parityOf('EventBridge')
const api = verified('Amazon EventBridge API Reference')
const guide = verified('Amazon EventBridge User Guide')
const reference = verified('Service Authorization Reference, Amazon EventBridge')

const ruleArn = (name: string) => `arn:aws:events:us-east-1:123456789012:rule/${name}`
const groupArn = (name: string) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`
const EventPattern = JSON.stringify({ source: ['my.app'] })
const rule = (Name: string, pattern: object = { source: ['my.app'] }) =>
  events.putRule({ Name, EventPattern: JSON.stringify(pattern) })

async function listen(name: string, pattern?: object, more: object = {}) {
  await at.owner.logs.createLogGroup({ logGroupName: `/aws/events/${name}` })
  await rule(name, pattern)
  const Targets = [{ Id: 'log', Arn: groupArn(`/aws/events/${name}`), ...more }]
  assert.equal((await events.putTargets({ Rule: name, Targets })).FailedEntryCount, 0)
}

const entry = (detail: object, more: object = {}) => ({
  ...{ Source: 'my.app', DetailType: 'Thing Happened', Detail: JSON.stringify(detail) },
  ...more,
})

/** What is in a rule's log, once there is as much. */
const logged = async (name: string, count: number) =>
  (
    await eventually(
      async () => (await at.owner.logs.filterLogEvents({ logGroupName: `/aws/events/${name}` })).events ?? [],
      found => found.length >= count,
    )
  ).map(({ message = '' }) => message)

parity(
  'PutRule PutTargets PutEvents',
  guide,
  'an event of one’s own is in the log group of the rule that it fits, in order, as EventBridge shows it',
  async () => {
    await listen('things', { source: ['my.app'], detail: { n: [{ numeric: ['>', 0] }] } })
    const Time = new Date('2026-11-20T12:00:00Z')
    const Resources = ['arn:aws:s3:::bucket']
    const Entries = [0, 1, 2, 3].map(n => entry({ n }, { Time, Resources }))
    const { Entries: answers = [], FailedEntryCount } = await events.putEvents({ Entries })
    assert.deepEqual([answers.length, FailedEntryCount], [4, 0])
    const found = (await logged('things', 3)).map(message => JSON.parse(message))
    assert.deepEqual(found[0], {
      ...{ version: '0', id: answers[1]?.EventId, 'detail-type': 'Thing Happened', source: 'my.app' },
      ...{ account: '123456789012', time: '2026-11-20T12:00:00Z', region: 'us-east-1', resources: Resources },
      detail: { n: 1 },
    })
    assert.deepEqual(
      found.map(({ detail }) => detail.n),
      [1, 2, 3],
    )
  },
)

parity(
  'PutEvents',
  api,
  'an entry that is no event is told, the others are events; what is too large is none at all',
  async () => {
    const Entries = [
      entry({}),
      { ...entry({}), Source: undefined },
      { ...entry({}), Detail: 'no JSON' },
      { ...entry({}), Detail: '[1]' },
      { ...entry({}), Source: 'aws.s3' },
      { ...entry({}), EventBusName: 'other' },
    ]
    const { Entries: answers = [], FailedEntryCount } = await events.putEvents({ Entries })
    assert.equal(FailedEntryCount, 5)
    assert.deepEqual(
      answers.map(({ ErrorCode }) => ErrorCode),
      [
        undefined,
        'InvalidArgument',
        'MalformedDetail',
        'MalformedDetail',
        'NotAuthorizedForSourceException',
        'ResourceNotFoundException',
      ],
    )
    const large = entry({ text: 'x'.repeat(130 * 1024) })
    await refused(events.putEvents({ Entries: [large, large] }), 'ValidationException', /over the limit/)
    const traced = entry({}, { TraceHeader: 'Root=1' })
    await refused(events.putEvents({ Entries: [traced] }), 'ValidationException', /TraceHeader/)
  },
)

parity(
  'PutTargets PutEvents',
  guide,
  'an input transformer writes the line and its time, a path a part of the event',
  async () => {
    const InputTransformer = {
      InputPathsMap: { time: '$.time', who: '$.detail.who' },
      InputTemplate: '{"timestamp":<time>,"message":"<who> was here"}',
    }
    await listen('transformed', undefined, { InputTransformer })
    await listen('part', undefined, { InputPath: '$.detail.who' })
    await events.putEvents({ Entries: [entry({ who: 'Ann' }, { Time: new Date('2026-11-20T12:00:00Z') })] })
    await logged('transformed', 1)
    const { events: found } = await at.owner.logs.filterLogEvents({ logGroupName: '/aws/events/transformed' })
    assert.deepEqual([found?.[0]?.message, found?.[0]?.timestamp], ['Ann was here', Date.parse('2026-11-20T12:00:00Z')])
    assert.deepEqual(await logged('part', 1), ['"Ann"'])
  },
)

parity(
  'PutRule DescribeRule ListRules EnableRule DisableRule DeleteRule',
  api,
  'a rule is made, changed, listed in pages, switched off and on, and deleted',
  async () => {
    await events.putRule({ Name: 'nightly', ScheduleExpression: 'cron(0 2 * * ? *)' })
    const nightly = await events.describeRule({ Name: 'nightly' })
    assert.deepEqual([nightly.ScheduleExpression, nightly.EventPattern], ['cron(0 2 * * ? *)', undefined])
    await events.deleteRule({ Name: 'nightly' })
    await events.putRule({ Name: 'kept-1', EventPattern, Description: 'first', State: 'DISABLED' })
    await rule('kept-2')
    await rule('kept-3')
    const described = await events.describeRule({ Name: 'kept-1', EventBusName: 'default' })
    assert.deepEqual(
      [described.Arn, described.EventPattern, described.Description, described.State, described.EventBusName],
      [ruleArn('kept-1'), EventPattern, 'first', 'DISABLED', 'default'],
    )
    const first = await events.listRules({ NamePrefix: 'kept-', Limit: 2 })
    const rest = await events.listRules({ NamePrefix: 'kept-', Limit: 2, NextToken: first.NextToken })
    assert.deepEqual(
      [first, rest].map(({ Rules }) => Rules?.map(({ Name }) => Name)),
      [['kept-1', 'kept-2'], ['kept-3']],
    )
    await events.enableRule({ Name: 'kept-1' })
    assert.equal((await events.describeRule({ Name: 'kept-1' })).State, 'ENABLED')
    await events.disableRule({ Name: 'kept-1' })
    assert.equal((await events.describeRule({ Name: 'kept-1' })).State, 'DISABLED')
    await rule('kept-1', { source: ['other'] })
    const changed = await events.describeRule({ Name: 'kept-1' })
    assert.deepEqual(
      [changed.EventPattern, changed.State, changed.Description],
      ['{"source":["other"]}', 'ENABLED', undefined],
    )
    await events.deleteRule({ Name: 'kept-1' })
    await events.deleteRule({ Name: 'kept-1' })
    const gone = 'Rule kept-1 does not exist on EventBus default.'
    await refused(events.describeRule({ Name: 'kept-1' }), 'ResourceNotFoundException', gone)
    await refused(events.enableRule({ Name: 'kept-1' }), 'ResourceNotFoundException', gone)
    await refused(events.disableRule({ Name: 'kept-1' }), 'ResourceNotFoundException', gone)
  },
)

parity(
  'PutTargets ListTargetsByRule ListRuleNamesByTarget RemoveTargets DeleteRule',
  api,
  'targets are told as they were given; a rule that has some is not deleted',
  async () => {
    await rule('aimed')
    const RetryPolicy = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 }
    const Targets = [
      { Id: 'a', Arn: groupArn('aim'), RetryPolicy },
      { Id: 'b', Arn: groupArn('aim'), Input: '{"a":1}' },
      { Id: 'c', Arn: `${groupArn('aim')}:*` },
    ]
    await events.putTargets({ Rule: 'aimed', Targets })
    const first = await events.listTargetsByRule({ Rule: 'aimed', Limit: 2 })
    const rest = await events.listTargetsByRule({ Rule: 'aimed', NextToken: first.NextToken })
    assert.deepEqual([...(first.Targets ?? []), ...(rest.Targets ?? [])], Targets)
    assert.deepEqual((await events.listRuleNamesByTarget({ TargetArn: groupArn('aim') })).RuleNames, ['aimed'])
    assert.deepEqual((await events.listRuleNamesByTarget({ TargetArn: groupArn('other') })).RuleNames, [])
    await refused(
      events.deleteRule({ Name: 'aimed' }),
      'ValidationException',
      "Rule can't be deleted since it has targets.",
    )
    const removed = await events.removeTargets({ Rule: 'aimed', Ids: ['a', 'b', 'c', 'unknown'] })
    assert.equal(removed.FailedEntryCount, 0)
    assert.deepEqual((await events.listTargetsByRule({ Rule: 'aimed' })).Targets, [])
    await events.deleteRule({ Name: 'aimed' })
    const absent = events.listTargetsByRule({ Rule: 'aimed' })
    await refused(absent, 'ResourceNotFoundException', 'Rule aimed does not exist on EventBus default.')
  },
)

parity(
  'TagResource UntagResource ListTagsForResource PutRule',
  api,
  'a rule and the bus have tags; those of a rule that is there stay when it is put again',
  async () => {
    const Tags = [{ Key: 'team', Value: 'red' }]
    await events.putRule({ Name: 'tagged', EventPattern, Tags })
    await events.putRule({ Name: 'tagged', EventPattern, Tags: [{ Key: 'more', Value: 'x' }] })
    const ResourceARN = ruleArn('tagged')
    assert.deepEqual((await events.listTagsForResource({ ResourceARN })).Tags, Tags)
    await events.tagResource({ ResourceARN, Tags: [{ Key: 'stage', Value: 'test' }] })
    await events.untagResource({ ResourceARN, TagKeys: ['team'] })
    assert.deepEqual((await events.listTagsForResource({ ResourceARN })).Tags, [{ Key: 'stage', Value: 'test' }])
    const bus = 'arn:aws:events:us-east-1:123456789012:event-bus/default'
    await events.tagResource({ ResourceARN: bus, Tags })
    const { Tags: ofBus = [] } = await events.listTagsForResource({ ResourceARN: bus })
    assert.deepEqual(
      ofBus.filter(({ Key }) => Key === 'team'),
      Tags,
    )
    const reserved = events.tagResource({ ResourceARN, Tags: [{ Key: 'aws:x', Value: 'y' }] })
    await refused(reserved, 'ValidationException', /reserved/)
    await refused(
      events.listTagsForResource({ ResourceARN: ruleArn('absent') }),
      'ResourceNotFoundException',
      /does not exist/,
    )
  },
)

parity('DescribeEventBus ListEventBuses PutRule', api, 'there is the default bus and no other', async () => {
  const Arn = 'arn:aws:events:us-east-1:123456789012:event-bus/default'
  const { $metadata: _, ...bus } = await events.describeEventBus({})
  assert.deepEqual(bus, { Name: 'default', Arn })
  assert.deepEqual((await events.listEventBuses({})).EventBuses, [{ Name: 'default', Arn }])
  assert.deepEqual((await events.listEventBuses({ NamePrefix: 'x' })).EventBuses, [])
  const missing = 'Event bus other does not exist.'
  await refused(events.describeEventBus({ Name: 'other' }), 'ResourceNotFoundException', missing)
  await refused(
    events.putRule({ Name: 'x', EventPattern, EventBusName: 'other' }),
    'ResourceNotFoundException',
    missing,
  )
})

parity('TestEventPattern', api, 'tells whether an event fits, and refuses what is no event', async () => {
  const event = { id: '1', account: '1', source: 'my.app', time: 'now', region: 'r', resources: [], 'detail-type': 't' }
  const ask = (Event: string, pattern = EventPattern) => events.testEventPattern({ EventPattern: pattern, Event })
  assert.equal((await ask(JSON.stringify(event))).Result, true)
  assert.equal((await ask(JSON.stringify({ ...event, source: 'other' }))).Result, false)
  await refused(ask('no JSON'), 'ValidationException', /Event is not valid/)
  await refused(ask('[]'), 'ValidationException', /Event is not valid/)
  await refused(ask('{"id":"1"}'), 'ValidationException', /account is a required field/)
  await refused(ask(JSON.stringify(event), '{}'), 'InvalidEventPatternException', /Empty objects/)
})

parity(
  'PutRule PutTargets',
  unverified('the texts are ours; what is not served is refused by its name'),
  'what cannot be is refused',
  async () => {
    await rule('strict')
    const refuse = (call: Promise<unknown>, says: RegExp) => refused(call, 'ValidationException', says)
    await refuse(events.putRule({ Name: 'x' }), /EventPattern or ScheduleExpression must be specified/)
    for (const ScheduleExpression of [
      'rate(0 minutes)',
      'at(2027-01-01T00:00:00)',
      'cron(0 0 * * * *)',
      'cron(0 0 ? * ? *)',
      'daily',
    ])
      await refuse(events.putRule({ Name: 'x', ScheduleExpression }), /^Parameter ScheduleExpression is not valid\.$/)
    await refuse(events.putRule({ Name: 'x', EventPattern, RoleArn: at.owner.role }), /RoleArn is not served/)
    const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
    await refuse(events.putRule({ Name: 'x', EventPattern, State }), /is not served/)
    await refused(
      events.putRule({ Name: 'x', EventPattern: '{' }),
      'InvalidEventPatternException',
      /^Event pattern is not valid/,
    )
    const aim = (target: object) =>
      events.putTargets({
        Rule: 'strict',
        Targets: [{ Id: 'a', Arn: groupArn('g'), ...target }],
      } as PutTargetsCommandInput)
    await refuse(aim({ Arn: 'arn:aws:lambda:us-east-1:123456789012:function:f' }), /only targets are log groups/)
    await refuse(aim({ Arn: groupArn('g').replace('us-east-1', 'eu-west-1') }), /must be a log group of account/)
    await refuse(aim({ RoleArn: at.owner.role }), /RoleArn of target a is not served/)
    await refuse(
      aim({ DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:1:q' } }),
      /DeadLetterConfig of target a is not served/,
    )
    for (const name of ['KinesisParameters', 'SqsParameters', 'HttpParameters', 'EcsParameters', 'BatchParameters'])
      await refuse(aim({ [name]: full[name] }), new RegExp(`${name} of target a is not served`))
    for (const name of [
      'RunCommandParameters',
      'RedshiftDataParameters',
      'SageMakerPipelineParameters',
      'AppSyncParameters',
    ])
      await refuse(aim({ [name]: full[name] }), new RegExp(`${name} of target a is not served`))
    await refuse(aim({ Input: '{' }), /JSON syntax error/)
    const six = Array.from({ length: 6 }, (_, index) => ({ Id: `t${index}`, Arn: groupArn('g') }))
    await refused(events.putTargets({ Rule: 'strict', Targets: six }), 'LimitExceededException', /exceeds the maximum/)
    const absent = events.putTargets({ Rule: 'absent', Targets: six.slice(0, 1) })
    await refused(absent, 'ResourceNotFoundException', /Rule absent/)
  },
)

const full: Readonly<Record<string, object>> = {
  KinesisParameters: { PartitionKeyPath: '$.id' },
  SqsParameters: { MessageGroupId: 'g' },
  HttpParameters: { PathParameterValues: ['p'] },
  EcsParameters: { TaskDefinitionArn: 'arn:aws:ecs:us-east-1:1:task-definition/t' },
  BatchParameters: { JobDefinition: 'd', JobName: 'j' },
  RunCommandParameters: { RunCommandTargets: [{ Key: 'k', Values: ['v'] }] },
  RedshiftDataParameters: { Database: 'd', Sql: 'select 1' },
  SageMakerPipelineParameters: { PipelineParameterList: [{ Name: 'n', Value: 'v' }] },
  AppSyncParameters: { GraphQLOperation: 'query { a }' },
}

parity(
  'PutRule PutTargets PutEvents DescribeRule ListRules DescribeEventBus',
  reference,
  'is denied before anything is told; by what is sent, where to, and by tags',
  async () => {
    await events.putRule({ Name: 'there', EventPattern, Tags: [{ Key: 'team', Value: 'red' }] })
    const allow = (Action: string, Resource = '*', Condition?: object) => ({
      Effect: 'Allow',
      Action,
      Resource,
      ...(Condition && { Condition }),
    })
    const credentials = await userWith(at, 'announcer', [
      allow('events:PutEvents', '*', { StringEquals: { 'events:source': 'my.app' } }),
      allow('events:PutTargets', ruleArn('*'), { ArnLike: { 'events:TargetArn': groupArn('/allowed/*') } }),
      allow('events:DescribeRule', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }),
      allow('events:PutRule', '*', { StringEquals: { 'aws:RequestTag/team': 'blue' } }),
      allow('events:DescribeEventBus', '*', { StringEquals: { 'aws:ResourceTag/stage': 'open' } }),
    ])
    const user = clientOf(EventBridge, at, { credentials })
    await user.putEvents({ Entries: [entry({})] })
    const denied = (call: Promise<unknown>, action: string) =>
      refused(call, 'AccessDeniedException', new RegExp(`not authorized to perform: events:${action} on resource: `))
    await denied(user.putEvents({ Entries: [entry({}), entry({}, { Source: 'other' })] }), 'PutEvents')
    await denied(user.listRules({}), 'ListRules')
    await denied(user.describeEventBus({}), 'DescribeEventBus')
    const ResourceARN = 'arn:aws:events:us-east-1:123456789012:event-bus/default'
    await events.tagResource({ ResourceARN, Tags: [{ Key: 'stage', Value: 'open' }] })
    await user.describeEventBus({})
    await user.describeRule({ Name: 'there' })
    await denied(user.describeRule({ Name: 'absent' }), 'DescribeRule')
    const aim = (group: string) => user.putTargets({ Rule: 'there', Targets: [{ Id: 'a', Arn: groupArn(group) }] })
    await aim('/allowed/a')
    await denied(aim('/other'), 'PutTargets')
    await user.putRule({ Name: 'made', EventPattern, Tags: [{ Key: 'team', Value: 'blue' }] })
    await denied(user.putRule({ Name: 'made', EventPattern }), 'PutRule')
  },
)

/** What was announced of a resource, as its events tell it, once there is as much. */
async function announced(arn: string, count: number) {
  const all = async () => (await logged('sagemaker', 0)).map(message => JSON.parse(message))
  const of = (events: { resources: string[] }[]) => events.filter(({ resources }) => resources[0] === arn)
  return of(await eventually(all, found => of(found).length >= count)) as unknown as Announced[]
}
interface Announced {
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  readonly region: string
  readonly detail: Readonly<Record<string, unknown>>
}

parity(
  'PutRule PutTargets',
  verified('Amazon SageMaker Developer Guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge"'),
  'what becomes of jobs, models, endpoints and packages is announced as SageMaker does',
  async () => {
    const { owner } = at
    const { sagemaker } = owner
    await listen('sagemaker', { source: ['aws.sagemaker'] })
    const Tags = [{ Key: 'team', Value: 'red' }]

    await sagemaker.createTrainingJob({ ...trainingJob(owner, 'told'), Tags })
    await sagemaker.stopTrainingJob({ TrainingJobName: 'told' })
    const [first, second] = await announced(arnOf('training-job/told'), 2)
    assert.deepEqual(
      [first?.['detail-type'], first?.source, first?.account, first?.region],
      ['SageMaker Training Job State Change', 'aws.sagemaker', owner.id, 'us-east-1'],
    )
    const { TrainingJobStatus, SecondaryStatus, TrainingJobName, Tags: told, CreationTime } = first?.detail ?? {}
    assert.deepEqual(
      [TrainingJobStatus, SecondaryStatus, TrainingJobName, told],
      ['InProgress', 'Starting', 'told', { team: 'red' }],
    )
    assert.match(String(CreationTime), /^\d{13}$/)
    assert.equal(second?.detail.TrainingJobStatus, 'Stopping')

    await createModel(owner, 'told')
    await sagemaker.createTransformJob({ ...transformJob(owner, 'told'), ModelName: 'told' })
    const [transform] = await announced(arnOf('transform-job/told'), 1)
    assert.deepEqual(
      [transform?.['detail-type'], transform?.detail.TransformJobStatus, transform?.detail.ModelName],
      ['SageMaker Transform Job State Change', 'InProgress', 'told'],
    )

    await sagemaker.createEndpointConfig({ EndpointConfigName: 'told', ProductionVariants: [variant('told')] })
    await sagemaker.createEndpoint({ EndpointName: 'told', EndpointConfigName: 'told' })
    await sagemaker.deleteEndpoint({ EndpointName: 'told' })
    const endpoint = await announced(arnOf('endpoint/told'), 2)
    assert.deepEqual(
      endpoint.map(({ detail }) => [detail.EndpointStatus, detail.EndpointConfigName]),
      [
        ['CREATING', 'told'],
        ['DELETING', 'told'],
      ],
    )

    await sagemaker.deleteModel({ ModelName: 'told' })
    const model = await announced(arnOf('model/told'), 2)
    assert.deepEqual(
      model.map(({ detail }) => [detail.ModelName, detail.ModelStatus]),
      [
        ['told', 'Created'],
        ['told', 'Deleted'],
      ],
    )

    await sagemaker.createHyperParameterTuningJob(tuningJob(owner, 'told'))
    await sagemaker.stopHyperParameterTuningJob({ HyperParameterTuningJobName: 'told' })
    const [tuning] = await announced(arnOf('hyper-parameter-tuning-job/told'), 2)
    assert.deepEqual(
      [tuning?.['detail-type'], tuning?.detail.HyperParameterTuningJobStatus],
      ['SageMaker HyperParameter Tuning Job State Change', 'InProgress'],
    )

    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'told' })
    const { ModelPackageArn = '' } = await sagemaker.createModelPackage({
      ModelPackageGroupName: 'told',
      InferenceSpecification: {
        Containers: [{ Image: owner.image }],
        SupportedContentTypes: ['text/csv'],
        SupportedResponseMIMETypes: ['text/csv'],
      },
    })
    await sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus: 'Approved' })
    const states = async () => (await announced(ModelPackageArn, 1)).map(({ detail }) => detail.ModelApprovalStatus)
    const approvals = await eventually(states, found => found.at(-1) === 'Approved')
    assert.equal(approvals[0], 'PendingManualApproval')
  },
)

const arnOf = (name: string) => `arn:aws:sagemaker:us-east-1:123456789012:${name}`
