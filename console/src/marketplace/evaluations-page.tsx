import Link from '@cloudscape-design/components/link'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { type EvaluationSummary, evaluations } from './evaluation.ts'
import { evaluationTexts as words } from './evaluation-texts.ts'
import { StopEvaluation } from './stop-evaluation.tsx'

const columns = asColumns<EvaluationSummary>([
  {
    header: words.id,
    cell: ({ evaluationId: name }) => (
      <Link href={pathTo('evaluation', { name })} onFollow={follow}>
        {name}
      </Link>
    ),
  },
  { header: words.status, cell: ({ status }) => <Status word={status} /> },
  { header: words.metric, cell: ({ metric }) => metric },
  { header: words.rows, cell: ({ rows }) => rows },
  { header: words.started, cell: ({ createdAt }) => time(new Date(createdAt * 1000)) },
])

/** What this account has tried before it bought. */
export default function EvaluationsPage() {
  const listing = useListing(evaluations)
  return (
    <ResourceList
      words={words.list}
      listing={listing}
      columns={columns}
      nameOf={({ evaluationId }) => evaluationId}
      isFoundByName={false}
      createAt={pathTo('createEvaluation')}
      actions={[
        {
          text: words.stop,
          refusal: ({ status }) => (status === 'IN_PROGRESS' ? undefined : words.ended),
          ask: ({ evaluationId }, close) => <StopEvaluation id={evaluationId} close={close} />,
        },
      ]}
    />
  )
}
