import type { TableProps } from '@cloudscape-design/components/table'
import { kitTexts } from './kit-texts.ts'
import { nameColumns } from './name-columns.tsx'
import { Status } from './status.tsx'
import { duration } from './time.ts'

interface Of<Job> {
  name(job: Job): string
  href(job: Job): string
  created(job: Job): Date | undefined
  ended(job: Job): Date | undefined
  status(job: Job): string | undefined
  /** How AWS's list heads its status: `Job status`. */
  readonly statusHeader: string
}

/** The first columns of every list of jobs: name, when it was made, how long it takes or took, and how it stands. */
export const jobColumns = <Job,>(of: Of<Job>): TableProps.ColumnDefinition<Job>[] => [
  ...nameColumns<Job>(of),
  { id: 'duration', header: kitTexts.facts.duration, cell: job => duration(of.created(job), of.ended(job)) },
  { id: 'status', header: of.statusHeader, sortingField: 'Status', cell: job => <Status word={of.status(job)} /> },
]
