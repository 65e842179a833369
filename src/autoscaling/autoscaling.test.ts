import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { systemClock, useClock } from '../ground/clock.ts'
import { metricAlarmReconciler } from '../metrics/alarm/metric-alarm.reconcile.ts'
import { createCloudWatchService } from '../metrics/cloudwatch-service.ts'
import { createMetrics } from '../metrics/metric-sink.ts'
import { setQuota } from '../quotas/account-quota.ts'
import { quotas } from '../quotas/quotas.ts'
import { type InferenceComponentRow, inferenceComponents } from '../sagemaker/serving/component-row.ts'
import { type EndpointRow, endpoints } from '../sagemaker/serving/endpoint.ts'
import { runOperation } from '../service/ask-service.fixture.ts'
import type { Context } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createAutoscalingService } from './autoscaling-service.ts'
import { scalableTargetReconciler } from './scalable-target.reconcile.ts'
import { sweepScalingActivities } from './scaling-activity.ts'
import { scalingPolicyAction } from './scaling-policy-action.ts'

const minute = 60_000
const owner = { account: '111122223333', region: 'us-east-1' }
const ResourceId = 'endpoint/Eve/variant/v'
const named = {
  ...{ ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount', ResourceId },
}
const endpointArn = 'arn:aws:sagemaker:us-east-1:111122223333:endpoint/Eve'

/** An endpoint that serves with one instance, what scales it, and a clock that tests move. */
async function openScaling() {
  const store = await openTestStore()
  const clock = { now: new Date('2026-11-20T12:00:00Z') }
  const before = useClock({ ...systemClock, now: () => clock.now.getTime() })
  const log = pino({ level: 'silent' })
  const metrics = createMetrics({ store, log })
  const actions = [scalingPolicyAction]
  const services = {
    scaling: createAutoscalingService(),
    cloudwatch: createCloudWatchService({ metrics, alarmActions: actions }),
  }
  const ctx = { store, now: () => clock.now, principal: { kind: 'root' }, ...owner } as unknown as Context
  const reconcilers = {
    'metric-alarm': metricAlarmReconciler({ store, actions, log }),
    'scalable-target': scalableTargetReconciler({ store }),
  }
  const host = { variant: 'v', index: 0, attempt: 1, memoryPart: 1 }
  const live = { configName: 'c', variants: [{ name: 'v', weight: 1 }], hosts: [host] }
  const row = { arn: endpointArn, ...owner, name: 'Eve', parent: '', status: 'InService', created: 0, modified: 0 }
  await store.transaction(tx => endpoints.insert(tx, { ...row, live, lastAttempt: 1 } as unknown as EndpointRow))
  const endpoint = async () => (await endpoints.get(store, endpointArn)) as EndpointRow
  // biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
  const call = (operation: string, input: object, service: keyof typeof services = 'scaling'): Promise<any> =>
    runOperation(services[service], { ...ctx }, operation, input)
  const put = async (MetricName: string, values: readonly number[]) => {
    const MetricData = values.map((Value, index) => ({
      ...{ MetricName, Value, Timestamp: new Date(clock.now.getTime() - (values.length - index) * minute) },
    }))
    await call('PutMetricData', { Namespace: 'App', MetricData }, 'cloudwatch')
  }
  return {
    ...{ store, clock, endpoint, call, put },
    register: (more: object = {}) =>
      call('RegisterScalableTarget', { ...named, MinCapacity: 1, MaxCapacity: 4, ...more }),
    track: (more: object = {}, PolicyName = 'track') =>
      call('PutScalingPolicy', {
        ...{ ...named, PolicyName, PolicyType: 'TargetTrackingScaling' },
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 100,
          CustomizedMetricSpecification: { Namespace: 'App', MetricName: 'Load', Statistic: 'Average' },
          ...more,
        },
      }),
    /** Does all that is due, as the worker does. */
    async work() {
      await metrics.flush()
      const due = await store.db.selectFrom('work').selectAll().where('due', '<=', clock.now.getTime()).execute()
      for (const { kind, key } of due.filter(one => one.kind in reconcilers)) {
        await store.db.deleteFrom('work').where('kind', '=', kind).where('key', '=', key).execute()
        const more = await reconcilers[kind as keyof typeof reconcilers](key, new AbortController().signal)
        const at = new Date(clock.now.getTime() + (more?.after ?? 0))
        if (more) await store.transaction(tx => tx.enqueue(kind, key, at))
      }
    },
    /** The endpoint's own reconciler has brought up what was wanted, or could not. */
    async fulfil(failureReason?: string) {
      await store.transaction(tx =>
        endpoints.update(tx, endpointArn, ({ live: old, target }) => ({
          ...{ status: 'InService', target: undefined },
          ...(failureReason === undefined ? { live: target ?? old } : { failureReason }),
        })),
      )
    },
    async minutes(count: number) {
      for (let index = 0; index < count; index++) {
        clock.now = new Date(clock.now.getTime() + minute)
        await this.work()
      }
    },
    desired: async () => ((await endpoint()).target ?? (await endpoint()).live)?.hosts.length,
    activities: async (more: object = {}) =>
      (await call('DescribeScalingActivities', { ServiceNamespace: 'sagemaker', ...more })).ScalingActivities,
    async [Symbol.asyncDispose]() {
      await metrics.close()
      before[Symbol.dispose]()
      await store.close()
    },
  }
}

test('copies of an inference component are scaled as instances are, from none on', async () => {
  await using open = await openScaling()
  const component = {
    ResourceId: 'inference-component/ic',
    ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
  }
  await assert.rejects(open.register({ ...component, MinCapacity: 0 }), /The inference component ic does not exist/)
  const arn = 'arn:aws:sagemaker:us-east-1:111122223333:inference-component/ic'
  const fleet = { version: { number: 1 }, count: 1, copies: [] }
  const row = { ...{ arn, ...owner, name: 'ic', parent: 'Eve', endpointArn, variant: 'v', created: 0, modified: 0 } }
  await open.store.transaction(tx =>
    inferenceComponents.insert(tx, {
      ...({
        ...row,
        status: 'InService',
        live: fleet,
        lastAttempt: 1,
        lastVersion: 1,
      } as unknown as InferenceComponentRow),
    }),
  )
  const componentRow = async () => (await inferenceComponents.get(open.store, arn)) as InferenceComponentRow
  const fulfil = (failureReason?: string) =>
    open.store.transaction(tx =>
      inferenceComponents.update(tx, arn, ({ live, target }) => ({
        ...{ status: 'InService', target: undefined, live: failureReason === undefined ? (target ?? live) : live },
        ...(failureReason !== undefined && { failureReason }),
      })),
    )
  await open.register()
  await open.register({ ...component, MinCapacity: 0 })
  const told = async (ScalableDimension?: string) =>
    (
      await open.call('DescribeScalableTargets', {
        ...{ ServiceNamespace: 'sagemaker', ...(ScalableDimension && { ScalableDimension }) },
      })
    ).ScalableTargets.map((target: Record<string, string>) => [target.ResourceId, target.ScalableDimension])
  assert.deepEqual(await told(component.ScalableDimension), [[component.ResourceId, component.ScalableDimension]])
  assert.equal((await told()).length, 2)
  assert.deepEqual(await told(named.ScalableDimension), [[ResourceId, named.ScalableDimension]])
  await assert.rejects(
    open.register({ ...component, ResourceId }),
    /The ResourceId of an inference component is inference-component\/NAME/,
  )

  const tracking = (PredefinedMetricType: string) =>
    open.call('PutScalingPolicy', {
      ...{ ...named, ...component, PolicyName: 'copies', PolicyType: 'TargetTrackingScaling' },
      TargetTrackingScalingPolicyConfiguration: {
        ...{ TargetValue: 10, PredefinedMetricSpecification: { PredefinedMetricType } },
      },
    })
  for (const other of [
    'SageMakerVariantInvocationsPerInstance',
    'SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution',
  ])
    await assert.rejects(tracking(other), /copies of inference components are told by SageMakerInferenceComponentInvo/)
  await tracking('SageMakerInferenceComponentInvocationsPerCopy')
  const { MetricAlarms } = await open.call('DescribeAlarms', { AlarmNamePrefix: 'TargetTracking-inf' }, 'cloudwatch')
  assert.deepEqual(
    MetricAlarms.map(({ MetricName, Dimensions }: Record<string, unknown>) => [MetricName, Dimensions]),
    [1, 2].map(() => ['InvocationsPerCopy', [{ Name: 'InferenceComponentName', Value: 'ic' }]]),
  )

  await open.call('RegisterScalableTarget', { ...named, ...component, MinCapacity: 2 })
  await open.work()
  assert.deepEqual([(await componentRow()).status, (await componentRow()).target?.count], ['Updating', 2])
  await fulfil('There is no room.')
  await open.minutes(1)
  const [failed] = await open.activities({ ResourceId: component.ResourceId })
  assert.deepEqual([failed.StatusCode, failed.Description], ['Failed', 'Setting desired copy count to 2.'])
  assert.match(failed.StatusMessage, /^Failed to set desired copy count to 2\. Reason: There is no room\. It is not/)
  await open.minutes(6)
  await fulfil()
  await open.minutes(1)
  const [done] = await open.activities({ ResourceId: component.ResourceId })
  assert.deepEqual([done.StatusCode, done.ScalableDimension], ['Successful', component.ScalableDimension])
  await open.call('RegisterScalableTarget', { ...named, ...component, MinCapacity: 0, MaxCapacity: 0 })
  await open.work()
  assert.equal((await componentRow()).target?.count, 0)
})

test('a target that is tracked grows by its alarm, cools down, and shrinks again', async () => {
  await using open = await openScaling()
  await open.register()
  const { PolicyARN, Alarms } = await open.track({ ScaleOutCooldown: 600, ScaleInCooldown: 120 })
  assert.match(
    PolicyARN,
    /^arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:[-0-9a-f]{36}:resource\/sagemaker\/endpoint\/Eve\/variant\/v:policyName\/track$/,
  )
  const names: string[] = Alarms.map(({ AlarmName }: { AlarmName: string }) => AlarmName)
  assert.match(names[0] ?? '', /^TargetTracking-endpoint\/Eve\/variant\/v-AlarmHigh-/)
  assert.match(names[1] ?? '', /^TargetTracking-endpoint\/Eve\/variant\/v-AlarmLow-/)
  const alarms = (await open.call('DescribeAlarms', { AlarmNamePrefix: 'TargetTracking-' }, 'cloudwatch')).MetricAlarms
  assert.deepEqual(
    alarms.map((alarm: Record<string, unknown>) => [
      alarm.EvaluationPeriods,
      alarm.Threshold,
      alarm.ComparisonOperator,
    ]),
    [
      [3, 100, 'GreaterThanThreshold'],
      [15, 90, 'LessThanThreshold'],
    ],
  )
  await open.put('Load', [250, 250, 250])
  await open.work()
  await open.work()
  assert.equal(await open.desired(), 3)
  const [first] = await open.activities()
  assert.deepEqual(
    [first.StatusCode, first.Description, first.Cause, first.EndTime],
    [
      'Pending',
      'Setting desired instance count to 3.',
      `monitor alarm ${names[0]} in state ALARM triggered policy track`,
      undefined,
    ].with(0, 'InProgress'),
  )
  await open.minutes(1)
  assert.match((await open.activities())[0].StatusMessage, /^Waiting for capacity of this machine/)
  await open.fulfil()
  await open.minutes(1)
  const [done] = await open.activities()
  assert.deepEqual(
    [done.StatusCode, done.StatusMessage],
    ['Successful', 'Successfully set desired instance count to 3. Change successfully fulfilled by sagemaker.'],
  )
  await open.put('Load', [250, 250, 250])
  await open.minutes(1)
  assert.equal(await open.desired(), 3, 'what was added is counted in while it cools down')
  await open.minutes(20)
  assert.equal(await open.desired(), 3, 'no data is no reason to scale')
  await open.put('Load', Array(15).fill(30))
  await open.minutes(1)
  await open.work()
  assert.equal(await open.desired(), 1, '3 × 30 / 100')
})

test('an activity says why nothing is scaled, once, and only to who asks', async () => {
  await using open = await openScaling()
  await open.register({ MaxCapacity: 1 })
  await open.track()
  await open.put('Load', [500, 500, 500])
  await open.minutes(1)
  await open.put('Load', [500, 500, 500])
  await open.minutes(1)
  assert.deepEqual(await open.activities(), [])
  const [told, ...more] = await open.activities({ IncludeNotScaledActivities: true, ResourceId })
  assert.deepEqual(
    [told.StatusCode, told.Description, told.NotScaledReasons, more.length],
    ['Failed', 'Attempting to scale due to alarm triggered', [{ Code: 'AlreadyAtMaxCapacity', MaxCapacity: 1 }], 0],
  )
})

test('a change that the machine has no room for fails with the endpoint’s reason', async () => {
  await using open = await openScaling()
  await open.register({ MinCapacity: 2 })
  await open.work()
  assert.equal(await open.desired(), 2)
  const [begun] = await open.activities()
  assert.equal(begun.Cause, 'minimum capacity was set to 2')
  await open.fulfil('Unable to provision requested ML compute capacity')
  await open.minutes(1)
  const failed = (await open.activities()).at(-1)
  assert.deepEqual(
    [failed.StatusCode, failed.StatusMessage],
    [
      'Failed',
      'Failed to set desired instance count to 2. Reason: Unable to provision requested ML compute capacity. It is not tried again for five minutes.',
    ],
  )
})

test('a change beyond the account’s quota fails in its words, and is tried again after a pause', async () => {
  await using open = await openScaling()
  const quota = { service: 'sagemaker', quota: quotas.sagemaker.endpointInstances }
  await setQuota(open.store.db, owner.account, quota, 1)
  await open.register({ MinCapacity: 2 })
  await open.work()
  const reason =
    "Failed to set desired instance count to 2. Reason: The account-level service limit 'Number of instances across endpoints' is 1, with current utilization of 0 and a request delta of 2. Please use AWS Service Quotas to request an increase for this quota (endpoint-instances). It is not tried again for five minutes."
  const told = async () =>
    (await open.activities()).map(({ StatusCode, StatusMessage }: Record<string, string>) => [
      StatusCode,
      StatusMessage,
    ])
  assert.deepEqual([await open.desired(), await told()], [1, [['Failed', reason]]])
  await open.minutes(4)
  assert.equal((await told()).length, 1)
  await setQuota(open.store.db, owner.account, quota, 2)
  await open.minutes(2)
  assert.equal(await open.desired(), 2)
})

test('what the machine has no room for is tried again after a pause, other bounds at once', async () => {
  await using open = await openScaling()
  await open.register({ MinCapacity: 3 })
  await open.work()
  await open.fulfil('Unable to provision requested ML compute capacity')
  const changes = async () => (await open.activities()).map(({ Description }: { Description: string }) => Description)
  const first = 'Setting desired instance count to 3.'
  await open.minutes(4)
  assert.deepEqual(await changes(), [first])
  await open.minutes(2)
  assert.deepEqual(await changes(), [first, first])
  await open.fulfil('Unable to provision requested ML compute capacity')
  await open.minutes(1)
  await open.register({ MinCapacity: 2 })
  await open.work()
  assert.deepEqual(await changes(), ['Setting desired instance count to 2.', first, first])
})

test('a change that another one has come before is overridden', async () => {
  await using open = await openScaling()
  await open.register({ MinCapacity: 2 })
  await open.work()
  await open.store.transaction(tx => endpoints.update(tx, endpointArn, { status: 'InService', target: undefined }))
  await open.call('RegisterScalableTarget', { ...named, MinCapacity: 1 })
  await open.minutes(1)
  const [newest] = await open.activities()
  assert.equal(newest.StatusCode, 'Overridden')
})

test('steps go by how far the alarm’s metric is beyond its threshold', async () => {
  await using open = await openScaling()
  await open.register({ MaxCapacity: 9 })
  const { PolicyARN } = await open.call('PutScalingPolicy', {
    ...{ ...named, PolicyName: 'steps', PolicyType: 'StepScaling' },
    StepScalingPolicyConfiguration: {
      ...{ AdjustmentType: 'ChangeInCapacity', Cooldown: 60, MetricAggregationType: 'Maximum' },
      StepAdjustments: [
        { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 50, ScalingAdjustment: 1 },
        { MetricIntervalLowerBound: 50, ScalingAdjustment: 3 },
      ],
    },
  })
  const rule = { EvaluationPeriods: 1, Threshold: 100, ComparisonOperator: 'GreaterThanThreshold', Period: 60 }
  const metric = { Namespace: 'App', MetricName: 'Load', Statistic: 'Maximum' }
  await open.call('PutMetricAlarm', { AlarmName: 'mine', ...metric, ...rule, AlarmActions: [PolicyARN] }, 'cloudwatch')
  await open.put('Load', [160])
  await open.work()
  await open.work()
  assert.equal(await open.desired(), 4)
  await open.fulfil()
  await open.minutes(1)
  await open.put('Load', [120])
  await open.work()
  await open.work()
  assert.equal(await open.desired(), 4, 'it cools down')
  await open.put('Load', [120])
  await open.minutes(1)
  await open.work()
  assert.equal(await open.desired(), 5)
  const by = (StateReasonData?: string) => ({ AlarmName: 'mine', StateReason: 'x', StateReasonData })
  await open.call('SetAlarmState', { ...by(), StateValue: 'OK' }, 'cloudwatch')
  await open.call('SetAlarmState', { ...by(), StateValue: 'ALARM' }, 'cloudwatch')
  const { AlarmHistoryItems } = await open.call(
    'DescribeAlarmHistory',
    { AlarmName: 'mine', HistoryItemType: 'Action' },
    'cloudwatch',
  )
  assert.match(
    AlarmHistoryItems[0].HistorySummary,
    /^Failed to execute action .*\. StateReasonData holds no recentDatapoints/,
  )
})

test('scheduled actions set the bounds at their times, once each, also when the server was away', async () => {
  await using open = await openScaling()
  await open.register()
  const schedule = (ScheduledActionName: string, Schedule: string, ScalableTargetAction: object, more: object = {}) =>
    open.call('PutScheduledAction', { ...named, ScheduledActionName, Schedule, ScalableTargetAction, ...more })
  await schedule('up', 'cron(30 12 * * ? *)', { MinCapacity: 3 })
  await schedule('down', 'at(2026-11-20T13:00:00)', { MinCapacity: 1, MaxCapacity: 1 })
  await open.minutes(29)
  assert.equal(await open.desired(), 1)
  await open.minutes(1)
  assert.equal(await open.desired(), 3)
  await open.fulfil()
  await open.minutes(1)
  assert.deepEqual(
    (await open.activities()).map(({ Description, Cause }: Record<string, string>) => [Description, Cause]),
    [
      ['Setting desired instance count to 3.', 'minimum capacity was set to 3'],
      ['Setting min capacity to 3', 'scheduled action name up was triggered'],
    ],
  )
  open.clock.now = new Date('2026-11-21T13:00:00Z')
  await open.work()
  const [target] = (await open.call('DescribeScalableTargets', { ServiceNamespace: 'sagemaker' })).ScalableTargets
  assert.deepEqual(
    [target.MinCapacity, target.MaxCapacity],
    [3, 3],
    'down was due before up, whose second time came after it',
  )
  const { next } = await open.store.db
    .selectFrom('scheduled_action')
    .select('next')
    .where('account', '=', owner.account)
    .where('region', '=', owner.region)
    .where('resource', '=', ResourceId)
    .where('name', '=', 'up')
    .executeTakeFirstOrThrow()
  assert.equal(next, Date.parse('2026-11-22T12:30:00Z'))
  await open.call('RegisterScalableTarget', { ...named, SuspendedState: { ScheduledScalingSuspended: true } })
  await schedule('later', 'rate(1 minute)', { MaxCapacity: 1, MinCapacity: 1 })
  await open.minutes(2)
  assert.equal(
    (await open.call('DescribeScalableTargets', { ServiceNamespace: 'sagemaker' })).ScalableTargets[0].MinCapacity,
    3,
  )
})

test('a change of instances ends also when a schedule sets bounds meanwhile', async () => {
  await using open = await openScaling()
  await open.register()
  await open.track()
  await open.call('PutScheduledAction', {
    ...{ ...named, ScheduledActionName: 'more', Schedule: 'at(2026-11-20T12:01:00)' },
    ScalableTargetAction: { MinCapacity: 2 },
  })
  await open.put('Load', [250, 250, 250])
  await open.work()
  await open.work()
  assert.equal(await open.desired(), 3)
  await open.minutes(1)
  await open.fulfil()
  await open.minutes(1)
  const activities = await open.activities()
  assert.deepEqual(
    activities.map(({ Description, StatusCode }: Record<string, string>) => [Description, StatusCode]),
    [
      ['Setting min capacity to 2', 'Successful'],
      ['Setting desired instance count to 3.', 'Successful'],
    ],
  )
})

test('what goes, goes whole: a policy with its alarms, a target with its policies and actions; activities stay six weeks', async () => {
  await using open = await openScaling()
  await open.register({ MinCapacity: 2 })
  await open.work()
  await open.track()
  const alarms = async () => (await open.call('DescribeAlarms', {}, 'cloudwatch')).MetricAlarms.length
  await open.track({ DisableScaleIn: true })
  assert.equal(await alarms(), 1, 'there is no alarm for fewer instances')
  await open.track()
  assert.equal(await alarms(), 2)
  await open.call('DeleteScalingPolicy', { ...named, PolicyName: 'track' })
  assert.equal(await alarms(), 0)
  await open.track()
  const action = { ScheduledActionName: 'a', Schedule: 'rate(1 day)', ScalableTargetAction: { MinCapacity: 1 } }
  await open.call('PutScheduledAction', { ...named, ...action })
  await open.call('DeregisterScalableTarget', named)
  assert.equal(await alarms(), 0)
  for (const [operation, list] of [
    ['DescribeScalingPolicies', 'ScalingPolicies'],
    ['DescribeScheduledActions', 'ScheduledActions'],
    ['DescribeScalableTargets', 'ScalableTargets'],
  ] as const)
    assert.deepEqual((await open.call(operation, { ServiceNamespace: 'sagemaker' }))[list], [])
  assert.equal((await open.activities()).length, 1)
  await sweepScalingActivities(open.store, new Date(open.clock.now.getTime() + 43 * 24 * 60 * minute))
  assert.equal((await open.activities()).length, 0)
})

test('what is refused, by its name', async () => {
  await using open = await openScaling()
  const refuse = (operation: string, input: object, message: RegExp, code = 'ValidationException') =>
    assert.rejects(
      open.call(operation, { ...named, ...input }),
      { code, message },
      `${operation} ${JSON.stringify(input)}`,
    )
  const bounds = { MinCapacity: 1, MaxCapacity: 2 }
  const missing = 'ObjectNotFoundException'
  await refuse('RegisterScalableTarget', { ...bounds, ServiceNamespace: 'ecs' }, /ServiceNamespace ecs is not served/)
  await refuse(
    'RegisterScalableTarget',
    { ...bounds, ScalableDimension: 'sagemaker:variant:DesiredProvisionedConcurrency' },
    /DesiredProvisionedConcurrency is not served/,
  )
  await refuse(
    'RegisterScalableTarget',
    { ...bounds, ResourceId: 'service/a/b' },
    /endpoint\/ENDPOINT\/variant\/VARIANT/,
  )
  await refuse(
    'RegisterScalableTarget',
    { ...bounds, ResourceId: 'endpoint/Eve/variant/w' },
    /variant w does not exist/,
  )
  await refuse('RegisterScalableTarget', { MinCapacity: 1 }, /MinCapacity and MaxCapacity are required/)
  await refuse(
    'RegisterScalableTarget',
    { MinCapacity: 0, MaxCapacity: 2 },
    /MinCapacity 0 is for variants of asynchronous endpoints only/,
  )
  await refuse('RegisterScalableTarget', { MinCapacity: 3, MaxCapacity: 2 }, /Maximum capacity cannot be less/)
  await refuse('RegisterScalableTarget', { MinCapacity: -1, MaxCapacity: 2 }, /between 0 and/)
  await refuse(
    'DeregisterScalableTarget',
    {},
    /No scalable target registered for service namespace: sagemaker/,
    missing,
  )
  await refuse(
    'PutScheduledAction',
    { ScheduledActionName: 'a', Schedule: 'rate(1 day)', ScalableTargetAction: { MinCapacity: 1 } },
    /No scalable target/,
    missing,
  )
  await open.register()
  const action = { ScheduledActionName: 'a', Schedule: 'rate(1 day)', ScalableTargetAction: { MinCapacity: 1 } }
  for (const [more, message] of [
    [{ Schedule: undefined }, /Schedule is required/],
    [{ Schedule: 'daily' }, /The Schedule daily must be/],
    [{ Schedule: 'at(2020-01-01T00:00:00)' }, /is over/],
    [{ Timezone: 'Europe/Berlin' }, /Timezone is for at/],
    [{ Schedule: 'cron(0 0 * * ? *)', Timezone: 'Mars' }, /Timezone Mars/],
    [{ ScalableTargetAction: {} }, /needs a MinCapacity/],
    [{ ScalableTargetAction: { MinCapacity: 0 } }, /MinCapacity 0/],
    [{ ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 2 } }, /Maximum capacity/],
    [{ StartTime: new Date(2), EndTime: new Date(1) }, /EndTime must be after/],
  ] as const)
    await refuse('PutScheduledAction', { ...action, ...more }, message)
  const tracking = (more: object = {}) => ({
    ...{ PolicyName: 'p', PolicyType: 'TargetTrackingScaling' },
    TargetTrackingScalingPolicyConfiguration: {
      ...{
        TargetValue: 1,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      },
      ...more,
    },
  })
  const steps = (more: object) => ({
    PolicyName: 'p',
    StepScalingPolicyConfiguration: {
      AdjustmentType: 'ChangeInCapacity',
      StepAdjustments: [{ ScalingAdjustment: 1 }],
      ...more,
    },
  })
  for (const [input, message] of [
    [{ PolicyName: 'p' }, /A policy of the type StepScaling has a StepScalingPolicyConfiguration/],
    [{ ...tracking(), PolicyType: 'StepScaling' }, /of the type StepScaling/],
    [{ PolicyName: 'p', PolicyType: 'PredictiveScaling' }, /PredictiveScaling is not served/],
    [tracking({ TargetValue: 0 }), /TargetValue must be greater/],
    [tracking({ CustomizedMetricSpecification: {} }), /Exactly one of/],
    [
      tracking({ PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } }),
      /ECSServiceAverageCPUUtilization is not served/,
    ],
    [
      tracking({ PredefinedMetricSpecification: undefined, CustomizedMetricSpecification: { MetricName: 'm' } }),
      /MetricName, Namespace and Statistic/,
    ],
    [tracking({ ScaleInCooldown: -1 }), /negative/],
    [steps({ AdjustmentType: undefined }), /AdjustmentType is required/],
    [steps({ StepAdjustments: [] }), /1 to 20 steps/],
    [steps({ MinAdjustmentMagnitude: 2 }), /MinAdjustmentMagnitude/],
    [
      steps({ StepAdjustments: [{ MetricIntervalLowerBound: 2, MetricIntervalUpperBound: 1, ScalingAdjustment: 1 }] }),
      /holds nothing/,
    ],
    [
      steps({
        StepAdjustments: [
          { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 1, ScalingAdjustment: 1 },
          { MetricIntervalLowerBound: 2, ScalingAdjustment: 2 },
        ],
      }),
      /neither overlap nor leave gaps/,
    ],
  ] as const)
    await refuse('PutScalingPolicy', input, message)
  const badMetric = {
    PredefinedMetricSpecification: undefined,
    CustomizedMetricSpecification: { Metrics: [{ Id: 'm1', Expression: 'SEARCH("a")' }] },
  }
  await refuse('PutScalingPolicy', tracking(badMetric), /No alarm can be made on the metric: .*SEARCH/)
  await refuse('DeleteScalingPolicy', { PolicyName: 'p' }, /No scaling policy found/, missing)
  await refuse('DeleteScheduledAction', { ScheduledActionName: 'p' }, /No scheduled action found/, missing)
  await refuse('DescribeScalingActivities', { MaxResults: 51 }, /MaxResults/)
  await assert.rejects(open.call('DescribeScalableTargets', { ServiceNamespace: 'sagemaker', NextToken: 'x' }), {
    code: 'InvalidNextTokenException',
  })
})

test('every operation of the model is served', () => {
  const { operations, model } = createAutoscalingService()
  assert.deepEqual(Object.keys(operations).sort(), Object.keys(model.operations).sort())
})

test('a target that is deregistered while it changes leaves no activity that never ends', async () => {
  await using open = await openScaling()
  await open.register()
  await open.track()
  await open.put('Load', [250, 250, 250])
  await open.work()
  await open.work()
  assert.equal((await open.activities())[0].StatusCode, 'InProgress')
  await open.call('DeregisterScalableTarget', { ...named })
  await open.fulfil()
  await open.minutes(2)
  const [ended] = await open.activities()
  assert.deepEqual([ended.StatusCode, ended.EndTime instanceof Date], ['Overridden', true])
  assert.match(ended.StatusMessage, /deregistered before the change was fulfilled/)
})
