import { HyperParameterTuningJobStatus, type HyperParameterTuningJobSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { duration } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { stopRefusal } from './training-job.ts'
import { progressOf, stopTuningJob, tuningJobs } from './tuning-job.ts'
import { tuningTexts as words } from './tuning-texts.ts'

type Job = HyperParameterTuningJobSummary
const nameOf = (job: Job): string => job.HyperParameterTuningJobName ?? ''

const columns = [
  ...nameColumns<Job>({
    name: nameOf,
    href: job => pathTo('tuningJob', { name: nameOf(job) }),
    created: job => job.CreationTime,
  }),
  {
    id: 'status',
    header: words.columns.status,
    sortingField: 'Status',
    cell: (job: Job) => <Status word={job.HyperParameterTuningJobStatus} />,
  },
  { id: 'completed', header: words.columns.completed, cell: progressOf },
  {
    id: 'duration',
    header: words.columns.duration,
    cell: (job: Job) => duration(job.CreationTime, job.HyperParameterTuningEndTime),
  },
  { id: 'strategy', header: words.columns.strategy, cell: (job: Job) => job.Strategy },
]

const cloneOf = (name: string): string => `${pathTo('createTuningJob')}?clone=${encodeURIComponent(name)}`

export default function TuningJobsPage() {
  const listing = useListing(tuningJobs)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createAt={pathTo('createTuningJob')}
      statuses={Object.values(HyperParameterTuningJobStatus)}
      actions={[
        { text: words.clone, run: job => navigate(cloneOf(nameOf(job))) },
        {
          text: words.stop,
          refusal: job => stopRefusal(job.HyperParameterTuningJobStatus, words.notRunning),
          ask: (job, close) => (
            <Confirm
              title={words.stopTitle(nameOf(job))}
              text={words.stopText}
              verb={words.stop}
              onConfirm={() => void stopTuningJob(region, nameOf(job))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
