import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { turns } from '../../ground/turns.ts'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { paging } from '../../service/page.ts'
import { indexedDimensions } from '../../store/schema/long-dimensions.ts'
import { invalidCombination, invalidToken, invalidValue } from '../cloudwatch-error.ts'
import type { Op } from '../metrics-operation.ts'
import { writeDimensions } from '../series.ts'
import { type Alarm, alarmView, readAlarm } from './alarm.ts'
import { allActions } from './alarm-action.ts'
import { asksMetricAlarms } from './alarm-check.ts'

type Asked = Omit<Input<typeof Sdk, 'DescribeAlarms'>, 'NextToken' | 'MaxRecords'>

const pageSize = 50
const batch = 200

/** By name. There are metric alarms only: what is asked of composite ones and of those on logs finds none. */
export const describeAlarms: Op<'DescribeAlarms'> = async (input, ctx) => {
  const { NextToken, MaxRecords = pageSize, ...asked } = input
  if (asked.AlarmNames && asked.AlarmNamePrefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix cannot be specified together.')
  const family = asked.ChildrenOfAlarmName ?? asked.ParentsOfAlarmName
  if (family !== undefined) throw invalidValue(`No composite alarm is served, so ${family} has no children or parents.`)
  const pages = paging<string>(['DescribeAlarms', ctx.account, ctx.region, asked], NextToken, invalidToken)
  const found = asksMetricAlarms(asked.AlarmTypes) ? await alarmsAfter(ctx, asked, pages.after, MaxRecords + 1) : []
  const { items, next } = pages.cut(found, MaxRecords, ({ name }) => name)
  return { MetricAlarms: items.map(alarmView), CompositeAlarms: [], ...(next && { NextToken: next }) }
}

async function alarmsAfter(ctx: Context, asked: Asked, after = '', count: number): Promise<Alarm[]> {
  const { AlarmNames: names, AlarmNamePrefix: prefix = '', StateValue } = asked
  const found: Alarm[] = []
  let last = after
  for (let full = true; full && found.length < count; ) {
    await turns.take(ctx.account)
    let query = ctx.store.db
      .selectFrom('metric_alarm')
      .selectAll()
      .where('account', '=', ctx.account)
      .where('region', '=', ctx.region)
      .where('name', '>', last)
      .where('name', '>=', prefix)
      .where('name', '<', `${prefix}\u{10ffff}`)
      .orderBy('name')
      .limit(batch)
    if (names) query = query.where('name', 'in', names)
    if (StateValue) query = query.where('state', '=', StateValue)
    const rows = await query.execute()
    full = rows.length === batch
    last = rows.at(-1)?.name ?? last
    found.push(...rows.map(readAlarm).filter(alarm => acts(alarm, asked.ActionPrefix)))
  }
  return found.slice(0, count)
}

const acts = ({ settings }: Alarm, prefix: string | undefined): boolean =>
  prefix === undefined || allActions(settings).some(arn => arn.startsWith(prefix))

/** Those that watch the one metric, not those whose expressions read it (API Reference, DescribeAlarmsForMetric). */
export const describeAlarmsForMetric: Op<'DescribeAlarmsForMetric'> = async (input, ctx) => {
  const rows = await ctx.store.db
    .selectFrom('metric_alarm')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('namespace', '=', input.Namespace)
    .where('metric', '=', input.MetricName)
    .where('dimensions', '=', indexedDimensions(writeDimensions(input.Dimensions ?? [])))
    .execute()
  const members = ['Statistic', 'ExtendedStatistic', 'Period', 'Unit'] as const
  const fits = ({ settings }: Alarm) =>
    members.every(member => input[member] === undefined || input[member] === settings[member])
  const byName = rows.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return { MetricAlarms: byName.map(readAlarm).filter(fits).map(alarmView) }
}
