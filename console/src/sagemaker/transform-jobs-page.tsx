import { TransformJobStatus, type TransformJobSummary } from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { jobColumns } from '../kit/job-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { columnTexts } from './resource-texts.ts'
import { stopRefusal } from './training-job.ts'
import { stopTransformJob, transformJobs } from './transform-job.ts'
import { transformTexts as words } from './transform-texts.ts'

const nameOf = (job: TransformJobSummary): string => job.TransformJobName ?? ''

const columns = jobColumns<TransformJobSummary>({
  ...{ name: nameOf, href: job => pathTo('transformJob', { name: nameOf(job) }), statusHeader: columnTexts.status },
  ...{ created: job => job.CreationTime, ended: job => job.TransformEndTime, status: job => job.TransformJobStatus },
})

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
