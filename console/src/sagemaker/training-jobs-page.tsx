import { TrainingJobStatus, type TrainingJobSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { jobColumns } from '../kit/job-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { stopRefusal, stopTrainingJob, trainingJobs } from './training-job.ts'
import { trainingTexts as words } from './training-texts.ts'

const nameOf = (job: TrainingJobSummary): string => job.TrainingJobName ?? ''
const pathOf = (job: TrainingJobSummary): string => pathTo('trainingJob', { name: nameOf(job) })

const columns = [
  ...jobColumns<TrainingJobSummary>({
    ...{ name: nameOf, href: pathOf, statusHeader: words.columns.status },
    ...{ created: job => job.CreationTime, ended: job => job.TrainingEndTime, status: job => job.TrainingJobStatus },
  }),
  {
    id: 'updated',
    header: words.columns.updated,
    cell: ({ LastModifiedTime }: TrainingJobSummary) => time(LastModifiedTime),
  },
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
