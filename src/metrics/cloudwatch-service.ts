import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import { allAsk, onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import { alarmArn } from './alarm/alarm.ts'
import { describeAlarmHistory } from './alarm/alarm-history.ts'
import { listTagsForResource, tagResource, untagResource } from './alarm/alarm-tag.ts'
import { describeAlarms, describeAlarmsForMetric } from './alarm/describe-alarms.ts'
import { deleteAlarms, disableAlarmActions, enableAlarmActions, putMetricAlarm } from './alarm/put-metric-alarm.ts'
import { setAlarmState } from './alarm/set-alarm-state.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricStatistics } from './get-metric-statistics.ts'
import { listMetrics } from './metric.ts'
import type { MetricsParts } from './metrics-operation.ts'
import { putMetricData } from './put-metric-data.ts'

type Api = SdkApi<typeof Sdk>

const anything = onAnything('cloudwatch')

/** CloudWatch metrics and alarms. Metrics have no ARNs; policies narrow by namespace (Service Authorization Reference, Amazon CloudWatch). */
export const createCloudWatchService = (parts: MetricsParts): Service =>
  service<Api, MetricsParts>({
    model: 'cloudwatch',
    parts: () => parts,
    operations: {
      GetMetricData: { run: getMetricData, access: anything },
      GetMetricStatistics: { run: getMetricStatistics, access: anything },
      ListMetrics: { run: listMetrics, access: anything },
      PutMetricData: {
        run: putMetricData,
        access: ({ Namespace }) => [
          { action: 'cloudwatch:PutMetricData', resource: '*', conditions: { 'cloudwatch:namespace': Namespace } },
        ],
      },
      DescribeAlarmsForMetric: { run: describeAlarmsForMetric, access: anything },
      ...allAsk<Api, MetricsParts>(ofAlarms, {
        DeleteAlarms: deleteAlarms,
        DescribeAlarmHistory: describeAlarmHistory,
        DescribeAlarms: describeAlarms,
        DisableAlarmActions: disableAlarmActions,
        EnableAlarmActions: enableAlarmActions,
        ListTagsForResource: listTagsForResource,
        PutMetricAlarm: putMetricAlarm,
        SetAlarmState: setAlarmState,
        TagResource: tagResource,
        UntagResource: untagResource,
      }),
    },
  })

interface Named {
  readonly AlarmName?: string
  readonly AlarmNames?: readonly string[]
  readonly ResourceARN?: string
  readonly AlarmActions?: readonly string[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TagKeys?: readonly string[]
}

/** Each alarm that is named, or all; with the condition keys of the Service Authorization Reference. */
async function ofAlarms(named: Named, ctx: Context, operation: string): Promise<Access[]> {
  const action = `cloudwatch:${operation}`
  const names = named.AlarmNames ?? (named.AlarmName === undefined ? ['*'] : [named.AlarmName])
  const arns = named.ResourceARN === undefined ? names.map(name => alarmArn(ctx, name)) : [named.ResourceARN]
  const asked: Access[] = []
  for (const resource of new Set(arns)) {
    const owner = /^arn:aws:cloudwatch:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? ctx.account
    asked.push({ action, resource, owner, conditions: { ...(await tagsOf(resource, ctx)), ...givenBy(named) } })
  }
  return asked
}

const givenBy = ({ Tags, TagKeys, AlarmActions }: Named) => ({
  ...(Tags && { 'aws:TagKeys': Tags.map(({ Key }) => Key) }),
  ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  ...(TagKeys && { 'aws:TagKeys': TagKeys }),
  ...(AlarmActions && { 'cloudwatch:AlarmActions': AlarmActions }),
})

/** No policy of a user binds an account's root. */
async function tagsOf(arn: string, { principal, store }: Context): Promise<Record<string, string>> {
  if (principal.kind === 'root') return {}
  const rows = await store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).execute()
  return Object.fromEntries(rows.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]))
}
