import type { DescribeTransformJobResponse } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import { Suspense, useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection, type Fact } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { part } from '../kit/part.ts'
import { isInTransition, Status } from '../kit/status.tsx'
import { duration, time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { stopRefusal, useTags } from './training-job.ts'
import { stopTransformJob, useTransformJob } from './transform-job.ts'
import { transformTexts as words } from './transform-texts.ts'

const LogView = part(() => import('../kit/log-view.tsx'))

export default function TransformJobPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: job, error } = useTransformJob(name)
  const tags = useTags(job?.TransformJobArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !job) return <ErrorAlert error={error} />
  if (!job) return <Spinner size="large" />
  const clone = `${pathTo('createTransformJob')}?clone=${encodeURIComponent(name)}`
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          {
            text: words.stop,
            refusal: stopRefusal(job.TransformJobStatus, words.notRunning),
            run: () => setAsks(true),
          },
          { text: words.clone, run: () => navigate(clone) },
        ]}
        failure={{ title: words.failure, reason: job.FailureReason }}
        sections={[
          ...sectionsOf(job),
          { title: words.sections.logs, content: <Log job={job} /> },
          { title: words.sections.tags, content: <PairTable label={words.sections.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Confirm
          title={words.stopTitle(name)}
          text={words.stopText}
          verb={words.stop}
          onConfirm={() => void stopTransformJob(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

const lateMs = 2 * 60_000

function Log({ job }: { readonly job: DescribeTransformJobResponse }) {
  const isLate = Date.now() - (job.TransformEndTime?.getTime() ?? 0) < lateMs
  return (
    <Suspense fallback={<Spinner />}>
      <LogView
        group="/aws/sagemaker/TransformJobs"
        streamPrefix={`${job.TransformJobName}/`}
        isLive={isInTransition(job.TransformJobStatus) || isLate}
      />
    </Suspense>
  )
}

const { facts, sections } = words
const copied = (text: string | undefined) => (text === undefined ? texts.none : <CopyLine line={text} />)

const sectionsOf = (job: DescribeTransformJobResponse): DetailsSection[] => [
  { title: sections.summary, facts: summary(job) },
  { title: sections.configuration, facts: configuration(job) },
  { title: sections.input, facts: input(job) },
  { title: sections.output, facts: output(job) },
  { title: sections.processing, facts: processing(job) },
  {
    title: sections.environment,
    content: <PairTable label={sections.environment} pairs={Object.entries(job.Environment ?? {})} />,
  },
]

const summary = (job: DescribeTransformJobResponse): Fact[] => [
  { label: facts.name, value: job.TransformJobName },
  { label: facts.status, value: <Status word={job.TransformJobStatus} /> },
  { label: facts.arn, value: copied(job.TransformJobArn) },
  { label: facts.created, value: time(job.CreationTime) },
  { label: facts.started, value: time(job.TransformStartTime) },
  { label: facts.ended, value: time(job.TransformEndTime) },
  { label: facts.duration, value: duration(job.CreationTime, job.TransformEndTime) },
]

const configuration = (job: DescribeTransformJobResponse): Fact[] => [
  { label: facts.model, value: job.ModelName },
  { label: facts.instanceType, value: job.TransformResources?.InstanceType },
  { label: facts.count, value: job.TransformResources?.InstanceCount },
  { label: facts.concurrent, value: job.MaxConcurrentTransforms ?? texts.none },
  { label: facts.payload, value: job.MaxPayloadInMB ?? texts.none },
  { label: facts.strategy, value: job.BatchStrategy ?? texts.none },
  { label: facts.key, value: job.TransformResources?.VolumeKmsKeyId ?? texts.none },
]

const input = ({ TransformInput: given }: DescribeTransformJobResponse): Fact[] => [
  { label: facts.dataType, value: given?.DataSource?.S3DataSource?.S3DataType },
  { label: facts.uri, value: copied(given?.DataSource?.S3DataSource?.S3Uri) },
  { label: facts.contentType, value: given?.ContentType ?? texts.none },
  { label: facts.compression, value: given?.CompressionType ?? 'None' },
  { label: facts.split, value: given?.SplitType ?? 'None' },
]

const output = ({ TransformOutput: given }: DescribeTransformJobResponse): Fact[] => [
  { label: facts.outputUri, value: copied(given?.S3OutputPath) },
  { label: facts.assemble, value: given?.AssembleWith ?? 'None' },
  { label: facts.accept, value: given?.Accept ?? texts.none },
  { label: facts.key, value: given?.KmsKeyId || texts.none },
]

const processing = ({ DataProcessing: given }: DescribeTransformJobResponse): Fact[] => [
  { label: facts.inputFilter, value: given?.InputFilter ?? texts.none },
  { label: facts.join, value: given?.JoinSource ?? 'None' },
  { label: facts.outputFilter, value: given?.OutputFilter ?? texts.none },
]
