import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { queryClient } from '../api/query-client.ts'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Reconciliation {
  readonly agreements: number
  readonly facts: number
  readonly charged: string
  readonly invoiced: string
  readonly refunded: string
  readonly open: string
  readonly differences: readonly string[]
}

/** Whether charges and invoices follow from what was used: counted when the page opens, and when one asks. */
export default function ReconciliationPage() {
  const query = useQuery({
    queryKey: ['reconciliation'],
    queryFn: () => askOperator<Reconciliation>('GET', '/reconciliation'),
    refetchOnWindowFocus: false,
  })
  return (
    <Loaded query={query}>
      {({ differences, ...sums }) => (
        <DetailsFrame
          title={words.invoices}
          description={words.invoicesWhy}
          actions={[
            {
              text: words.reconcile,
              isPrimary: true,
              run: () => void queryClient.invalidateQueries({ queryKey: ['reconciliation'] }),
            },
          ]}
          sections={[
            {
              title: words.reconcile,
              facts: (['agreements', 'facts', 'charged', 'invoiced', 'refunded', 'open'] as const).map(name => ({
                label: words[name],
                value: sums[name],
              })),
              content: <Verdict differences={differences} />,
            },
          ]}
        />
      )}
    </Loaded>
  )
}

const Verdict = ({ differences }: Pick<Reconciliation, 'differences'>) =>
  differences.length === 0 ? (
    <Alert type="success">{words.follows}</Alert>
  ) : (
    <Alert type="error" header={words.differs}>
      <SpaceBetween size="xs">
        {differences.map(difference => (
          <div key={difference}>{difference}</div>
        ))}
      </SpaceBetween>
    </Alert>
  )
