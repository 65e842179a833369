import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { paging } from '../../service/page.ts'
import type { Store, Transaction } from '../../store/store.ts'
import { invalidCombination, invalidToken } from '../cloudwatch-error.ts'
import type { Place } from '../math/metric-query.ts'
import type { Op } from '../metrics-operation.ts'
import { asksMetricAlarms } from './alarm-check.ts'

export interface HistoryItem {
  readonly alarm: string
  readonly time: number
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action'
  readonly summary: string
  readonly data: object
}

/** Bounds of AWS's model. */
const longestSummary = 255
const longestData = 4095

/** Writes down what happened to an alarm, by the commit in which it happens. What is too long for an item is left out of it. */
export async function insertHistory(tx: Transaction, { account, region }: Place, item: HistoryItem): Promise<void> {
  const { alarm, time, type, summary } = item
  const whole = JSON.stringify(item.data)
  const data =
    whole.length <= longestData ? whole : JSON.stringify({ version: '1.0', omitted: `${whole.length} characters` })
  await tx.db
    .insertInto('metric_alarm_history')
    .values({
      ...{ account, region, alarm, time, type, data },
      summary: summary.slice(0, longestSummary),
    })
    .execute()
}

const keptMs = 30 * 24 * 60 * 60 * 1000
const sweptAtOnce = 500

/** Deletes what is older than CloudWatch keeps it: 30 days. In short transactions. */
export async function sweepAlarmHistory(store: Store, now: Date): Promise<void> {
  for (let gone = sweptAtOnce; gone === sweptAtOnce; )
    gone = await store.transaction(async tx => {
      const old = await tx.db
        .selectFrom('metric_alarm_history')
        .select('id')
        .where('time', '<', now.getTime() - keptMs)
        .limit(sweptAtOnce)
        .execute()
      const ids = old.map(({ id }) => id)
      if (ids.length > 0) await tx.db.deleteFrom('metric_alarm_history').where('id', 'in', ids).execute()
      return ids.length
    })
}

const pageSize = 100

/** Newest first unless asked otherwise; also of alarms that are deleted. */
export const describeAlarmHistory: Op<'DescribeAlarmHistory'> = async (input, ctx) => {
  const { NextToken, MaxRecords = pageSize, ...asked } = input
  if (asked.AlarmContributorId !== undefined)
    throw invalidCombination('AlarmContributorId: no alarm here has contributors.')
  const pages = paging<readonly [number, number]>(
    ['DescribeAlarmHistory', ctx.account, ctx.region, asked],
    NextToken,
    invalidToken,
  )
  if (!asksMetricAlarms(asked.AlarmTypes)) return { AlarmHistoryItems: [] }
  const direction = asked.ScanBy === 'TimestampAscending' ? 'asc' : 'desc'
  let query = ctx.store.db
    .selectFrom('metric_alarm_history')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .orderBy('time', direction)
    .orderBy('id', direction)
    .limit(MaxRecords + 1)
  const { AlarmName, HistoryItemType, StartDate, EndDate } = asked
  if (AlarmName !== undefined) query = query.where('alarm', '=', AlarmName)
  if (HistoryItemType !== undefined) query = query.where('type', '=', HistoryItemType)
  if (StartDate !== undefined) query = query.where('time', '>=', StartDate.getTime())
  if (EndDate !== undefined) query = query.where('time', '<=', EndDate.getTime())
  const after = pages.after
  if (after)
    query = query.where(eb =>
      eb(eb.refTuple('time', 'id'), direction === 'asc' ? '>' : '<', eb.tuple(after[0], after[1])),
    )
  const { items, next } = pages.cut(await query.execute(), MaxRecords, ({ time, id }) => [time, id] as const)
  return {
    AlarmHistoryItems: items.map(row => ({
      AlarmName: row.alarm,
      AlarmType: 'MetricAlarm',
      Timestamp: new Date(row.time),
      HistoryItemType: row.type as Sdk.HistoryItemType,
      HistorySummary: row.summary,
      HistoryData: row.data,
    })),
    ...(next && { NextToken: next }),
  }
}
