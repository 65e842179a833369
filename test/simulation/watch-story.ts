import { registerScalableTarget } from '../../src/autoscaling/scalable-target.ts'
import { putScalingPolicy } from '../../src/autoscaling/scaling-policy.ts'
import { putScheduledAction } from '../../src/autoscaling/scheduled-action.ts'
import { ServiceError } from '../../src/ground/errors.ts'
import { putMetricAlarm } from '../../src/metrics/alarm/put-metric-alarm.ts'
import { setAlarmState } from '../../src/metrics/alarm/set-alarm-state.ts'
import { putMetricData } from '../../src/metrics/put-metric-data.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import { messageOf } from '../../src/sns/message.ts'
import { insertMessage } from '../../src/sns/publish.ts'
import type { Ask } from './ask.ts'
import { account, region } from './place.ts'
import { alarmActions, topicArn } from './watch-post.ts'
import type { World } from './world.ts'

/** How an alarm treats data that are missing, and what it comes to be when none come any more. */
export const ends = { breaching: 'ALARM', notBreaching: 'OK', missing: 'INSUFFICIENT_DATA' } as const

export const treatmentOf = ({ random }: World) =>
  random.of('alarm').pick(['breaching', 'notBreaching', 'missing'] as const)

/** An alarm on a load that clients tell, messages to a topic, and rules that count the instances of the first endpoint. */
export function watch(world: World, ask: Ask): void {
  const { options, random } = world
  ask('watch', 'alarm', 'load', async (ctx, { metrics }) => {
    const rule = { Period: 60, EvaluationPeriods: 1, Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' } as const
    const tell = { AlarmActions: [topicArn], OKActions: [topicArn], InsufficientDataActions: [topicArn] }
    const watched = { AlarmName: 'load', Namespace: 'App', MetricName: 'Load', Statistic: 'Maximum' } as const
    const given = { ...watched, ...rule, ...tell, TreatMissingData: treatmentOf(world) }
    await putMetricAlarm(given, { ...ctx, metrics, alarmActions })
  })
  for (let number = 1; number <= options.watched; number++) {
    const drawn = random.of(`told ${number}`)
    const Value = drawn.pick([0, 3, 7, 200, 300])
    ask('measure', 'alarm', `load${number}`, (ctx, { metrics }) =>
      putMetricData(
        { Namespace: 'App', MetricData: [{ MetricName: 'Load', Value }] },
        { ...ctx, metrics, alarmActions },
      ),
    )
    const volume = drawn.pick(['loud', 'low'])
    ask('publish', 'topic', `message${number}`, async ctx => {
      const MessageAttributes = { volume: { DataType: 'String', StringValue: volume } }
      const message = messageOf({ Message: 'm', MessageAttributes })
      const id = await ctx.store.transaction(tx => insertMessage(tx, topicArn, message))
      world.published.push({ id, isLoud: volume === 'loud' })
    })
    if (drawn.chance(0.3))
      ask('set', 'alarm', `load${number}`, (ctx, { metrics }) =>
        setAlarmState({ AlarmName: 'load', StateValue: 'OK', StateReason: 'r' }, { ...ctx, metrics, alarmActions }),
      )
  }
  if (options.endpoints > 0) scale(world, ask)
}

const variant = {
  ServiceNamespace: 'sagemaker',
  ResourceId: 'endpoint/e1/variant/v',
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const

/** From now on no rule counts anew: one that wants more than the machine has asks for it again and again. */
export async function restRules(world: World): Promise<void> {
  const [target] = await world.store.db.selectFrom('scalable_target').select('arn').execute()
  if (!target) return
  const SuspendedState = { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: true }
  const resting = world.call(({ platform }) =>
    registerScalableTarget({ ...variant, SuspendedState }, serviceContext(platform, account, region)),
  )
  // Of an endpoint that is gone no rule counts anything.
  await resting?.catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error
  })
  world.note('rules rest')
}

function scale({ random, options }: World, ask: Ask): void {
  const drawn = random.of('scaling')
  const inMinutes = drawn.between(1, 10)
  for (let time = 0; time < 3; time++)
    ask('scale by rules', 'endpoint', 'e1', async ctx => {
      await registerScalableTarget({ ...variant, MinCapacity: 1, MaxCapacity: 3 }, ctx)
      await putScalingPolicy(
        {
          ...variant,
          ...{ PolicyName: 'track', PolicyType: 'TargetTrackingScaling' },
          TargetTrackingScalingPolicyConfiguration: {
            ...{ TargetValue: 100, ScaleInCooldown: 60, ScaleOutCooldown: 60 },
            CustomizedMetricSpecification: { Namespace: 'App', MetricName: 'Load', Statistic: 'Maximum' },
          },
        },
        ctx,
      )
      const at = new Date(ctx.now().getTime() + inMinutes * 60_000 + options.horizonMs).toISOString().slice(0, 19)
      await putScheduledAction(
        { ...variant, ScheduledActionName: 'fewer', Schedule: `at(${at})`, ScalableTargetAction: { MaxCapacity: 2 } },
        ctx,
      )
    })
}
