import { TrainingJobStatus, type TrainingJobSummary } from '@aws-sdk/client-sagemaker'
import type { TableProps } from '@cloudscape-design/components/table'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { duration, time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { stopRefusal, stopTrainingJob, trainingJobs } from './training-job.ts'
import { trainingTexts as words } from './training-texts.ts'

const nameOf = (job: TrainingJobSummary): string => job.TrainingJobName ?? ''
const pathOf = (job: TrainingJobSummary): string => pathTo('trainingJob', { name: nameOf(job) })

const columns: readonly TableProps.ColumnDefinition<TrainingJobSummary>[] = [
  ...nameColumns<TrainingJobSummary>({ name: nameOf, href: pathOf, created: job => job.CreationTime }),
  { id: 'duration', header: words.columns.duration, cell: job => duration(job.CreationTime, job.TrainingEndTime) },
  {
    id: 'status',
    header: words.columns.status,
    sortingField: 'Status',
    cell: job => <Status word={job.TrainingJobStatus} />,
  },
  { id: 'updated', header: words.columns.updated, cell: job => time(job.LastModifiedTime) },
]

export default function TrainingJobsPage() {
  const listing = useListing(trainingJobs)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      statuses={Object.values(TrainingJobStatus)}
      createAt={pathTo('createTrainingJob')}
      actions={[
        {
          text: words.stop,
          refusal: job => stopRefusal(job.TrainingJobStatus, words.notRunning),
          ask: (job, close) => (
            <Confirm
              title={words.stopTitle(nameOf(job))}
              text={words.stopText}
              verb={words.stop}
              onConfirm={() => void stopTrainingJob(region, nameOf(job))}
              onClose={close}
            />
          ),
        },
        {
          text: words.clone,
          run: job => navigate(`${pathTo('createTrainingJob')}?clone=${encodeURIComponent(nameOf(job))}`),
        },
      ]}
    />
  )
}
