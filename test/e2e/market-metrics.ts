import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { region } from '../../demo/clients.ts'
import type { Ear } from './market-ear.ts'
import type { Party } from './party.ts'

/** Lets an ear hear all that CloudWatch tells an account: every metric with its dimensions, and what each measured. Returns how many. */
export async function hearMetrics(url: string, { credentials }: Party, ear: Ear): Promise<number> {
  const cloudwatch = new CloudWatch({ endpoint: url, region, credentials })
  ear.listen(cloudwatch)
  const { Metrics = [] } = await cloudwatch.listMetrics({})
  const window = { StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 60_000) }
  for (const { Namespace, MetricName, Dimensions } of Metrics) {
    const metric = { Namespace, MetricName, Dimensions }
    await cloudwatch.getMetricStatistics({ ...metric, ...window, Period: 60, Statistics: ['Sum'] })
    const query = { Id: 'one', MetricStat: { Metric: metric, Period: 60, Stat: 'Maximum' } }
    await cloudwatch.getMetricData({ ...window, MetricDataQueries: [query] })
  }
  return Metrics.length
}
