import { type Dimension, GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import LineChart from '@cloudscape-design/components/line-chart'
import { useQuery } from '@tanstack/react-query'
import { cloudwatch } from '../api/cloudwatch.ts'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { ErrorAlert } from './error-alert.tsx'
import { kitTexts } from './kit-texts.ts'
import { tick } from './time.ts'

const words = kitTexts.metrics

interface Props {
  readonly namespaces: readonly string[]
  readonly dimension: Dimension
  readonly from: Date | undefined
  readonly to: Date | undefined
  readonly isLive: boolean
}

interface Series {
  readonly name: string
  readonly points: readonly { readonly x: Date; readonly y: number }[]
}

/** A chart a metric of one resource. */
export default function MetricCharts({ namespaces, dimension, from, to, isLive }: Props) {
  const [region] = useRegion()
  const { data: series = [], error } = useQuery({
    queryKey: ['metrics', region, namespaces, dimension.Value, to?.getTime()],
    queryFn: async () =>
      (await Promise.all(namespaces.map(namespace => readMetrics(region, namespace, dimension, from, to)))).flat(),
    refetchInterval: pollMs(isLive),
  })
  if (error) return <ErrorAlert error={error} />
  if (series.length === 0) return <Box>{words.none}</Box>
  return (
    <ColumnLayout columns={2}>
      {series.map(({ name, points }) => (
        <LineChart
          key={name}
          ariaLabel={name}
          height={180}
          hideFilter
          hideLegend
          xScaleType="time"
          i18nStrings={{ xTickFormatter: tick }}
          yTitle={name}
          series={[{ type: 'line', title: name, data: points }]}
          empty={words.none}
          noMatch={words.noMatch}
        />
      ))}
    </ColumnLayout>
  )
}

/** The most that is drawn: a few hundred points a chart. */
const mostPoints = 300

async function readMetrics(
  region: string,
  Namespace: string,
  dimension: Dimension,
  from = new Date(0),
  to = new Date(),
): Promise<Series[]> {
  const client = cloudwatch(region)
  const { Metrics = [] } = await client.send(new ListMetricsCommand({ Namespace, Dimensions: [dimension] }))
  if (Metrics.length === 0) return []
  const seconds = (to.getTime() - from.getTime()) / 1000 + 60
  const Period = seconds <= mostPoints ? 1 : Math.ceil(seconds / mostPoints / 60) * 60
  const queries = Metrics.slice(0, 20).map((Metric, index) => ({
    Id: `m${index}`,
    Label: Metric.MetricName,
    MetricStat: { Metric, Period, Stat: 'Average' },
  }))
  const EndTime = new Date(to.getTime() + 60_000)
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({ StartTime: from, EndTime, MetricDataQueries: queries, ScanBy: 'TimestampAscending' }),
  )
  return MetricDataResults.map(({ Label = '', Timestamps = [], Values = [] }) => ({
    name: Label,
    points: Timestamps.map((x, index) => ({ x, y: Values[index] ?? 0 })),
  }))
}
