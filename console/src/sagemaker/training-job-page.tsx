import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import { Suspense, useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { part } from '../kit/part.ts'
import { isInTransition } from '../kit/status.tsx'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { stopRefusal, stopTrainingJob, useTags, useTrainingJob } from './training-job.ts'
import { trainingJobSections } from './training-job-sections.tsx'
import { trainingTexts as words } from './training-texts.ts'

const LogView = part(() => import('../kit/log-view.tsx'))
const MetricCharts = part(() => import('../kit/metric-charts.tsx'))

const group = '/aws/sagemaker/TrainingJobs'
const lateMs = 2 * 60_000

export default function TrainingJobPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: job, error } = useTrainingJob(name)
  const tags = useTags(job?.TrainingJobArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !job) return <ErrorAlert error={error} />
  if (!job) return <Spinner size="large" />
  const clone = `${pathTo('createTrainingJob')}?clone=${encodeURIComponent(name)}`
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          {
            text: words.stop,
            refusal: stopRefusal(job.TrainingJobStatus, words.notRunning),
            run: () => setAsks(true),
          },
          { text: words.clone, run: () => navigate(clone) },
          { text: words.createModelPackage, refusal: packageRefusal(job), run: () => navigate(packageOf(job)) },
        ]}
        failure={{ title: words.failure, reason: job.FailureReason }}
        sections={[...trainingJobSections(job, tags.data ?? []), ...liveSections(job)]}
      />
      {asks && (
        <Confirm
          title={words.stopTitle(name)}
          text={words.stopText}
          verb={words.stop}
          onConfirm={() => void stopTrainingJob(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

/** A package is made of an algorithm and of what it made. */
const packageRefusal = ({ AlgorithmSpecification: algorithm, ModelArtifacts: made }: DescribeTrainingJobResponse) =>
  algorithm?.AlgorithmName === undefined || made?.S3ModelArtifacts === undefined ? words.noPackage : undefined

const packageOf = ({
  AlgorithmSpecification: algorithm,
  ModelArtifacts: made,
}: DescribeTrainingJobResponse): string => {
  const given = { algorithm: algorithm?.AlgorithmName ?? '', data: made?.S3ModelArtifacts ?? '' }
  return `${pathTo('createModelPackage')}?${new URLSearchParams(given)}`
}

/** What goes on while the job runs. */
function liveSections(job: DescribeTrainingJobResponse): DetailsSection[] {
  const name = job.TrainingJobName ?? ''
  // Last lines and values come after the end.
  const endedAt = job.TrainingEndTime?.getTime() ?? 0
  const isLive = isInTransition(job.TrainingJobStatus) || Date.now() - endedAt < lateMs
  const waiting = <Spinner />
  return [
    {
      title: words.sections.monitor,
      content: (
        <Suspense fallback={waiting}>
          <MetricCharts
            namespaces={[group]}
            dimension={{ Name: 'TrainingJobName', Value: name }}
            from={job.CreationTime}
            to={job.TrainingEndTime}
            isLive={isLive}
          />
        </Suspense>
      ),
    },
    {
      title: words.sections.logs,
      content: (
        <Suspense fallback={waiting}>
          <LogView group={group} streamPrefix={`${name}/`} isLive={isLive} />
        </Suspense>
      ),
    },
  ]
}
