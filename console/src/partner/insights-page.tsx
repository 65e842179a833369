import BarChart from '@cloudscape-design/components/bar-chart'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { useBuckets } from '../storage/object.ts'
import { byProduct, type Month, monthsUntil, type Row, total } from './earnings.ts'
import { readReport } from './earnings-report.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.insights
/** So many months are read, this one the last. */
const count = 6

interface Earned {
  readonly month: Month
  readonly usage: readonly Row[]
  readonly billed: readonly Row[]
}

/** What the account has earned, from the reports that the marketplace writes for it. */
export default function InsightsPage() {
  const [region] = useRegion()
  const buckets = useBuckets()
  const [bucket, setBucket] = useState('')
  const [waits, setWaits] = useState(false)
  const [earned, setEarned] = useState<readonly Earned[]>()
  const [problem, setProblem] = useState<unknown>()
  const read = async () => {
    setWaits(true)
    setProblem(undefined)
    try {
      const months: Earned[] = []
      for (const month of monthsUntil(new Date(), count)) {
        const [usage, billed] = await Promise.all([
          readReport(region, bucket, 'SELLER_USAGE', month),
          readReport(region, bucket, 'SELLER_BILLING', month),
        ])
        months.push({ month, usage, billed })
      }
      setEarned(months)
    } catch (error) {
      setProblem(error)
    }
    setWaits(false)
  }
  const options = (buckets.data ?? []).map(({ Name = '' }) => ({ value: Name, label: Name }))
  return (
    <DetailsFrame
      title={words.plural}
      description={words.purpose}
      actions={[]}
      sections={[
        {
          title: words.bucket,
          content: (
            <SpaceBetween size="m">
              <FormField label={words.bucket} description={words.bucketWhy}>
                <Select
                  options={options}
                  selectedOption={options.find(({ value }) => value === bucket) ?? null}
                  statusType={buckets.isPending ? 'loading' : 'finished'}
                  placeholder={partnerTexts.information.choose}
                  onChange={({ detail }) => setBucket(detail.selectedOption.value ?? '')}
                />
              </FormField>
              <Button variant="primary" disabled={bucket === ''} loading={waits} onClick={() => void read()}>
                {words.run}
              </Button>
              {problem !== undefined && <ErrorAlert error={problem} />}
            </SpaceBetween>
          ),
        },
        ...(earned ? earnedSections(earned) : []),
      ]}
    />
  )
}

const monthName = ({ year, month }: Month): string => `${year}-${String(month).padStart(2, '0')}`
const usd = (amount: number): string => amount.toFixed(2)

function earnedSections(earned: readonly Earned[]): DetailsSection[] {
  const usage = earned.flatMap(month => month.usage)
  return [
    { title: words.usage, content: <Chart title={words.usage} earned={earned} of={month => month.usage} /> },
    { title: words.billed, content: <Chart title={words.billed} earned={earned} of={month => month.billed} /> },
    {
      title: words.products,
      content:
        usage.length === 0 ? (
          <Box>{words.none}</Box>
        ) : (
          <PairTable
            label={words.products}
            pairs={byProduct(usage).map(([product, amount]) => [product, `${usd(amount)} USD`])}
          />
        ),
    },
  ]
}

interface ChartProps {
  readonly title: string
  readonly earned: readonly Earned[]
  of(month: Earned): readonly Row[]
}

const Chart = ({ title, earned, of }: ChartProps) => (
  <SpaceBetween size="s">
    <Box>{words.total(usd(total(earned.flatMap(of))))}</Box>
    <BarChart
      ariaLabel={title}
      height={200}
      hideFilter
      hideLegend
      xScaleType="categorical"
      xTitle={words.month}
      yTitle={words.amount}
      xDomain={earned.map(({ month }) => monthName(month))}
      series={[
        {
          type: 'bar',
          title: words.amount,
          data: earned.map(each => ({ x: monthName(each.month), y: total(of(each)) })),
        },
      ]}
      empty={words.none}
    />
  </SpaceBetween>
)
