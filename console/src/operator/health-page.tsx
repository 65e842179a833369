import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Workload {
  readonly arn: string
  readonly status: string
  readonly instanceType: string
  readonly instanceCount: number
  readonly isWaiting: boolean
}

interface Health {
  readonly checks: readonly {
    readonly name: keyof typeof words.checks
    readonly isGood: boolean
    readonly detail: string
  }[]
  readonly capacity?: {
    readonly engine: string
    readonly cpus: number
    readonly memoryBytes: number
    readonly gpus: number
  }
  readonly workloads: readonly Workload[]
}

const everyMs = 5000

/** Whether engine, disk and database are well, and what runs and waits. */
export default function HealthPage() {
  const query = useQuery({
    queryKey: ['health'],
    queryFn: () => askOperator<Health>('GET', '/health'),
    refetchInterval: everyMs,
  })
  return (
    <Loaded query={query}>
      {({ checks, capacity, workloads }) => (
        <DetailsFrame
          title={words.health}
          description={words.healthWhy}
          actions={[]}
          sections={[
            {
              title: words.well,
              facts: checks.map(({ name, isGood, detail }) => ({
                label: words.checks[name],
                value: <StatusIndicator type={isGood ? 'success' : 'error'}>{detail}</StatusIndicator>,
              })),
            },
            {
              title: words.machine,
              facts: capacity
                ? [
                    { label: words.engine, value: capacity.engine },
                    { label: words.cpus, value: capacity.cpus },
                    { label: words.memory, value: `${(capacity.memoryBytes / 1024 ** 3).toFixed(1)} GiB` },
                    { label: words.gpus, value: capacity.gpus },
                  ]
                : [{ label: words.engine, value: words.noEngine }],
            },
            { title: words.workloads, content: <Workloads workloads={workloads} /> },
          ]}
        />
      )}
    </Loaded>
  )
}

const Workloads = ({ workloads }: Pick<Health, 'workloads'>) => (
  <SimpleTable
    label={words.workloads}
    items={workloads}
    empty={words.noWorkloads}
    columns={[
      { header: words.workload, cell: ({ arn }) => arn },
      {
        header: words.state,
        cell: ({ status, isWaiting }) =>
          isWaiting ? <StatusIndicator type="pending">{words.waits}</StatusIndicator> : <Status word={status} />,
      },
      {
        header: words.instances,
        cell: ({ instanceType, instanceCount }) => instanceCount > 0 && `${instanceCount} × ${instanceType}`,
      },
    ]}
  />
)
