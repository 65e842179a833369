import { HyperParameterTuningJobStatus, type HyperParameterTuningJobSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { jobColumns } from '../kit/job-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { stopRefusal } from './training-job.ts'
import { progressOf, stopTuningJob, tuningJobs } from './tuning-job.ts'
import { tuningTexts as words } from './tuning-texts.ts'

type Job = HyperParameterTuningJobSummary
const nameOf = (job: Job): string => job.HyperParameterTuningJobName ?? ''

const columns = [
  ...jobColumns<Job>({
    ...{ name: nameOf, href: job => pathTo('tuningJob', { name: nameOf(job) }), statusHeader: words.columns.status },
    created: job => job.CreationTime,
    ended: job => job.HyperParameterTuningEndTime,
    status: job => job.HyperParameterTuningJobStatus,
  }),
  { id: 'completed', header: words.columns.completed, cell: progressOf },
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
