import { TransformJobStatus, type TransformJobSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { duration } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { columnTexts } from './resource-texts.ts'
import { stopRefusal } from './training-job.ts'
import { stopTransformJob, transformJobs } from './transform-job.ts'
import { transformTexts as words } from './transform-texts.ts'

const nameOf = (job: TransformJobSummary): string => job.TransformJobName ?? ''

const columns = [
  ...nameColumns<TransformJobSummary>({
    name: nameOf,
    href: job => pathTo('transformJob', { name: nameOf(job) }),
    created: job => job.CreationTime,
  }),
  {
    id: 'duration',
    header: words.facts.duration,
    cell: (job: TransformJobSummary) => duration(job.CreationTime, job.TransformEndTime),
  },
  {
    id: 'status',
    header: columnTexts.status,
    sortingField: 'Status',
    cell: (job: TransformJobSummary) => <Status word={job.TransformJobStatus} />,
  },
]

export default function TransformJobsPage() {
  const listing = useListing(transformJobs)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      statuses={Object.values(TransformJobStatus)}
      createAt={pathTo('createTransformJob')}
      actions={[
        {
          text: words.stop,
          refusal: job => stopRefusal(job.TransformJobStatus, words.notRunning),
          ask: (job, close) => (
            <Confirm
              title={words.stopTitle(nameOf(job))}
              text={words.stopText}
              verb={words.stop}
              onConfirm={() => void stopTransformJob(region, nameOf(job))}
              onClose={close}
            />
          ),
        },
        {
          text: words.clone,
          run: job => navigate(`${pathTo('createTransformJob')}?clone=${encodeURIComponent(nameOf(job))}`),
        },
      ]}
    />
  )
}
