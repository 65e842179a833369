import { DeleteAlarmsCommand, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { cloudwatch } from '../api/cloudwatch.ts'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { type ListingSource, useListing } from '../kit/use-listing.ts'
import { monitoringTexts as words } from './monitoring-texts.ts'

const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA']

/** Found by how their names begin. */
const alarms: ListingSource<MetricAlarm> = {
  kind: 'alarms',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken, NameContains, StatusEquals }) {
    const page = await cloudwatch(region).send(
      new DescribeAlarmsCommand({
        ...{ MaxRecords: MaxResults, NextToken, AlarmNamePrefix: NameContains },
        StateValue: StatusEquals as MetricAlarm['StateValue'],
      }),
    )
    return { items: page.MetricAlarms ?? [], nextToken: page.NextToken }
  },
}

const nameOf = ({ AlarmName = '' }: MetricAlarm): string => AlarmName

const columns = asColumns<MetricAlarm>([
  { header: words.alarm, cell: nameOf },
  { header: words.state, cell: ({ StateValue }) => <Status word={StateValue} /> },
  { header: words.condition, cell: conditionOf },
  { header: words.reason, cell: ({ StateReason }) => StateReason },
  { header: words.updated, cell: ({ StateUpdatedTimestamp }) => time(StateUpdatedTimestamp) },
])

function conditionOf(alarm: MetricAlarm): string {
  const { MetricName = '', Statistic, ExtendedStatistic, ComparisonOperator = '', Threshold } = alarm
  const { Period, EvaluationPeriods = 1, DatapointsToAlarm = EvaluationPeriods } = alarm
  const what = [Statistic ?? ExtendedStatistic, MetricName].filter(Boolean).join(' ')
  const often = `${DatapointsToAlarm} of ${EvaluationPeriods}${Period === undefined ? '' : ` × ${Period} s`}`
  return `${what} ${ComparisonOperator} ${Threshold ?? ''} (${often})`.trim()
}

export default function AlarmsPage() {
  const listing = useListing(alarms)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words.alarms}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      statuses={states}
      actions={[
        {
          text: deletionVerb,
          ask: (alarm, close) => (
            <Deletion
              name={nameOf(alarm)}
              text={words.alarmDeletion}
              kind={alarms.kind}
              run={() => cloudwatch(region).send(new DeleteAlarmsCommand({ AlarmNames: [nameOf(alarm)] }))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
