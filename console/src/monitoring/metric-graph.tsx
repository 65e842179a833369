import { GetMetricDataCommand, type Metric } from '@aws-sdk/client-cloudwatch'
import LineChart from '@cloudscape-design/components/line-chart'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { cloudwatch } from '../api/cloudwatch.ts'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { Loaded } from '../kit/loaded.tsx'
import { tick } from '../kit/time.ts'
import { useUrlState } from '../route/location.ts'
import { monitoringTexts as words } from './monitoring-texts.ts'

const statistics = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p90', 'p99']
/** A few hundred points a line are drawn. */
const mostPoints = 300
/** Lines that a person can tell apart. */
const mostLines = 10

function useSeries(metrics: readonly Metric[], stat: string, hours: number) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['metric-series', region, metrics, stat, hours],
    refetchInterval: pollMs(false),
    queryFn: async () => {
      const EndTime = new Date()
      const StartTime = new Date(EndTime.getTime() - hours * 3_600_000)
      const Period = Math.max(60, Math.ceil((hours * 3600) / mostPoints / 60) * 60)
      const queries = metrics.slice(0, mostLines).map((metric, index) => ({
        Id: `m${index}`,
        MetricStat: { Metric: metric, Period, Stat: stat },
      }))
      const { MetricDataResults = [] } = await cloudwatch(region).send(
        new GetMetricDataCommand({ StartTime, EndTime, MetricDataQueries: queries, ScanBy: 'TimestampAscending' }),
      )
      return MetricDataResults.map(({ Label = '', Timestamps = [], Values = [] }) => ({
        type: 'line' as const,
        title: Label,
        data: Timestamps.map((x, index) => ({ x, y: Values[index] ?? 0 })),
      }))
    },
  })
}

/** The metrics that are selected, as lines of one chart. */
export function MetricGraph({ metrics }: { readonly metrics: readonly Metric[] }) {
  const [stat, setStat] = useUrlState('stat', 'Average', value => statistics.includes(value))
  const [hours, setHours] = useUrlState('hours', '3', value => value in words.ranges)
  const query = useSeries(metrics, stat, Number(hours))
  const ranges = Object.entries(words.ranges).map(([value, label]) => ({ value, label }))
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="s">
        <Select
          ariaLabel={words.statistic}
          options={statistics.map(value => ({ value, label: value }))}
          selectedOption={{ value: stat, label: stat }}
          onChange={({ detail }) => setStat(detail.selectedOption.value ?? stat)}
        />
        <Select
          ariaLabel={words.range}
          options={ranges}
          selectedOption={ranges.find(({ value }) => value === hours) ?? null}
          onChange={({ detail }) => setHours(detail.selectedOption.value ?? hours)}
        />
      </SpaceBetween>
      <Loaded query={query}>
        {series => (
          <LineChart
            ariaLabel={words.graphed}
            height={240}
            hideFilter
            xScaleType="time"
            i18nStrings={{ xTickFormatter: tick }}
            series={series}
            empty={words.noMetrics}
          />
        )}
      </Loaded>
    </SpaceBetween>
  )
}
