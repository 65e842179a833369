import type {
  DescribeHyperParameterTuningJobResponse,
  HyperParameterTrainingJobSummary,
  ParameterRanges,
} from '@aws-sdk/client-sagemaker'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Confirm } from '../kit/confirm.tsx'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { JsonText } from '../kit/json-text.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { duration, time } from '../kit/time.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { stopRefusal, useTags } from './training-job.ts'
import { progressOf, stopTuningJob, useTuningJob } from './tuning-job.ts'
import { tuningTexts as words } from './tuning-texts.ts'

export default function TuningJobPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const query = useTuningJob(name)
  const tags = useTags(query.data?.job.HyperParameterTuningJobArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <Loaded query={query}>
      {({ job, trainingJobs }) => (
        <>
          <DetailsFrame
            title={name}
            actions={[
              {
                text: words.stop,
                refusal: stopRefusal(job.HyperParameterTuningJobStatus, words.notRunning),
                run: () => setAsks(true),
              },
              { text: words.clone, refusal: cloneRefusal(job), run: () => navigate(cloneOf(name)) },
            ]}
            failure={{ title: words.failure, reason: job.FailureReason }}
            sections={[
              summary(job),
              ...(job.BestTrainingJob ? [best(job.BestTrainingJob)] : []),
              { title: words.jobs, content: <TrainingJobs jobs={trainingJobs} /> },
              ...configuration(job),
              { title: words.tags, content: <PairTable label={words.tags} pairs={pairs} /> },
            ]}
          />
          {asks && (
            <Confirm
              title={words.stopTitle(name)}
              text={words.stopText}
              verb={words.stop}
              onConfirm={() => void stopTuningJob(region, name)}
              onClose={() => setAsks(false)}
            />
          )}
        </>
      )}
    </Loaded>
  )
}

/** The form has one definition; a job of several is made by the API. */
const cloneRefusal = ({ TrainingJobDefinition: one }: DescribeHyperParameterTuningJobResponse) =>
  one === undefined ? words.severalDefinitions : undefined

const cloneOf = (name: string): string => `${pathTo('createTuningJob')}?clone=${encodeURIComponent(name)}`

const summary = (job: DescribeHyperParameterTuningJobResponse): DetailsSection => ({
  title: words.summary,
  facts: [
    { label: 'ARN', value: <CopyLine line={job.HyperParameterTuningJobArn ?? ''} /> },
    { label: words.status, value: <Status word={job.HyperParameterTuningJobStatus} /> },
    { label: words.creationTime, value: time(job.CreationTime) },
    { label: words.columns.duration, value: duration(job.CreationTime, job.HyperParameterTuningEndTime) },
    { label: words.columns.completed, value: progressOf(job) },
  ],
})

const metricOf = ({ FinalHyperParameterTuningJobObjectiveMetric: metric }: HyperParameterTrainingJobSummary) =>
  metric ? `${metric.MetricName}: ${metric.Value}` : texts.none

const parametersOf = ({ TunedHyperParameters = {} }: HyperParameterTrainingJobSummary): string =>
  Object.entries(TunedHyperParameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

const linkTo = ({ TrainingJobName: name = '' }: HyperParameterTrainingJobSummary) => (
  <Link href={pathTo('trainingJob', { name })} onFollow={follow}>
    {name}
  </Link>
)

const best = (job: HyperParameterTrainingJobSummary): DetailsSection => ({
  title: words.best,
  facts: [
    { label: words.jobName, value: linkTo(job) },
    { label: words.value, value: metricOf(job) },
    { label: words.parameters, value: parametersOf(job) },
  ],
})

const TrainingJobs = ({ jobs }: { readonly jobs: readonly HyperParameterTrainingJobSummary[] }) => (
  <SimpleTable
    label={words.jobs}
    items={jobs}
    empty={words.noJobs}
    columns={[
      { header: words.name, cell: linkTo },
      { header: words.status, cell: ({ TrainingJobStatus: word }) => <Status word={word} /> },
      { header: words.value, cell: metricOf },
      { header: words.parameters, cell: parametersOf },
      { header: words.creationTime, cell: ({ CreationTime }) => time(CreationTime) },
      { header: words.time, cell: job => duration(job.TrainingStartTime, job.TrainingEndTime) },
    ]}
  />
)

function configuration(job: DescribeHyperParameterTuningJobResponse): DetailsSection[] {
  const {
    Strategy,
    HyperParameterTuningJobObjective: objective,
    ResourceLimits,
    ParameterRanges,
  } = job.HyperParameterTuningJobConfig ?? {}
  const definitions = [job.TrainingJobDefinition ?? [], job.TrainingJobDefinitions ?? []].flat()
  return [
    {
      title: words.configuration,
      facts: [
        { label: words.columns.strategy, value: Strategy },
        { label: words.objective, value: objective && `${objective.Type} ${objective.MetricName}` },
        { label: words.most, value: ResourceLimits?.MaxNumberOfTrainingJobs },
        { label: words.parallel, value: ResourceLimits?.MaxParallelTrainingJobs },
      ],
      content: <PairTable label={words.ranges} pairs={rangesOf(ParameterRanges)} />,
    },
    ...definitions.map(definition => ({
      title: [words.definition, definition.DefinitionName].filter(Boolean).join(': '),
      content: <JsonText content={definition} />,
    })),
  ]
}

function rangesOf({
  IntegerParameterRanges: integers = [],
  ContinuousParameterRanges: reals = [],
  CategoricalParameterRanges: words = [],
}: ParameterRanges = {}): (readonly [string, string])[] {
  const scaled = [...integers, ...reals].map(
    ({ Name = '', MinValue, MaxValue, ScalingType }) =>
      [Name, [`${MinValue} to ${MaxValue}`, ScalingType].filter(Boolean).join(', ')] as const,
  )
  return [...scaled, ...words.map(({ Name = '', Values = [] }) => [Name, Values.join(', ')] as const)]
}
