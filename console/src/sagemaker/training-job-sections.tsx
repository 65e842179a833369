import type { Channel, DescribeTrainingJobResponse, Tag } from '@aws-sdk/client-sagemaker'
import Table from '@cloudscape-design/components/table'
import { CopyLine } from '../kit/copy-line.tsx'
import type { DetailsSection, Fact } from '../kit/details-frame.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { Status } from '../kit/status.tsx'
import { durationOf, time } from '../kit/time.ts'
import { texts } from '../texts.ts'
import { trainingTexts as words } from './training-texts.ts'

type Job = DescribeTrainingJobResponse
const { facts, sections } = words
const yesNo = (value: boolean | undefined): string => (value ? 'Enabled' : 'Disabled')
const copied = (text: string | undefined) => (text === undefined ? texts.none : <CopyLine line={text} />)
const seconds = (count: number | undefined) => (count === undefined ? texts.none : String(count))

/** A training job as DescribeTrainingJob tells it. */
export const trainingJobSections = (job: Job, tags: readonly Tag[]): DetailsSection[] => [
  { title: sections.settings, facts: settings(job) },
  { title: sections.algorithm, facts: algorithm(job) },
  ...(job.InputDataConfig ?? []).map(channel => ({
    title: sections.input(channel.ChannelName ?? ''),
    facts: input(channel),
  })),
  {
    title: sections.hyperParameters,
    content: <PairTable label={sections.hyperParameters} pairs={Object.entries(job.HyperParameters ?? {})} />,
  },
  { title: sections.output, facts: output(job) },
  { title: sections.artifact, facts: [{ label: facts.artifact, value: copied(job.ModelArtifacts?.S3ModelArtifacts) }] },
  ...(job.CheckpointConfig ? [{ title: sections.checkpoint, facts: checkpoint(job) }] : []),
  { title: sections.metrics, content: metrics(job) },
  { title: sections.history, content: history(job) },
  {
    title: sections.tags,
    content: <PairTable label={sections.tags} pairs={tags.map(({ Key = '', Value = '' }) => [Key, Value])} />,
  },
]

const settings = (job: Job): Fact[] => [
  { label: facts.name, value: job.TrainingJobName },
  { label: words.columns.arn, value: copied(job.TrainingJobArn) },
  { label: facts.status, value: <Status word={job.TrainingJobStatus} /> },
  { label: facts.secondary, value: <Status word={job.SecondaryStatus} /> },
  { label: facts.created, value: time(job.CreationTime) },
  { label: words.columns.updated, value: time(job.LastModifiedTime) },
  { label: facts.started, value: time(job.TrainingStartTime) },
  { label: facts.ended, value: time(job.TrainingEndTime) },
  { label: facts.trainingTime, value: seconds(job.TrainingTimeInSeconds) },
  { label: facts.billable, value: seconds(job.BillableTimeInSeconds) },
  { label: facts.role, value: copied(job.RoleArn) },
  { label: facts.isolation, value: yesNo(job.EnableNetworkIsolation) },
  { label: facts.spot, value: yesNo(job.EnableManagedSpotTraining) },
]

const algorithm = ({
  AlgorithmSpecification: spec,
  ResourceConfig: resources,
  StoppingCondition: stop,
}: Job): Fact[] => [
  spec?.AlgorithmName === undefined
    ? { label: facts.image, value: copied(spec?.TrainingImage) }
    : { label: facts.algorithm, value: copied(spec.AlgorithmName) },
  { label: facts.inputMode, value: spec?.TrainingInputMode },
  { label: facts.instanceType, value: resources?.InstanceType },
  { label: facts.instanceCount, value: resources?.InstanceCount },
  { label: facts.volume, value: resources?.VolumeSizeInGB },
  { label: facts.key, value: resources?.VolumeKmsKeyId ?? texts.none },
  { label: facts.maxRuntime, value: durationOf(stop?.MaxRuntimeInSeconds ?? 0) },
]

function input({
  ChannelName,
  ContentType,
  CompressionType,
  RecordWrapperType,
  InputMode,
  DataSource,
}: Channel): Fact[] {
  const source = DataSource?.S3DataSource
  return [
    { label: facts.channel, value: ChannelName },
    { label: facts.inputMode, value: InputMode ?? texts.none },
    { label: facts.contentType, value: ContentType ?? texts.none },
    { label: facts.compression, value: CompressionType ?? 'None' },
    { label: facts.wrapper, value: RecordWrapperType ?? 'None' },
    { label: facts.dataType, value: source?.S3DataType },
    { label: facts.distribution, value: source?.S3DataDistributionType ?? 'FullyReplicated' },
    { label: facts.uri, value: copied(source?.S3Uri) },
  ]
}

const output = ({ OutputDataConfig: config }: Job): Fact[] => [
  { label: facts.outputPath, value: copied(config?.S3OutputPath) },
  { label: facts.key, value: config?.KmsKeyId || texts.none },
  { label: facts.compression, value: config?.CompressionType ?? 'GZIP' },
]

const checkpoint = ({ CheckpointConfig: config }: Job): Fact[] => [
  { label: facts.uri, value: copied(config?.S3Uri) },
  { label: facts.localPath, value: config?.LocalPath ?? texts.none },
]

const metrics = ({ FinalMetricDataList: list = [] }: Job) => (
  <Table
    variant="embedded"
    items={list}
    empty={facts.noMetrics}
    ariaLabels={{ tableLabel: sections.metrics }}
    columnDefinitions={[
      { id: 'name', header: facts.metric, cell: ({ MetricName }) => MetricName, isRowHeader: true },
      { id: 'value', header: facts.value, cell: ({ Value }) => Value },
      { id: 'time', header: facts.at, cell: ({ Timestamp }) => time(Timestamp) },
    ]}
  />
)

const history = ({ SecondaryStatusTransitions: list = [] }: Job) => (
  <Table
    variant="embedded"
    items={list}
    ariaLabels={{ tableLabel: sections.history }}
    columnDefinitions={[
      { id: 'status', header: facts.status, cell: ({ Status: word }) => <Status word={word} />, isRowHeader: true },
      { id: 'started', header: facts.at, cell: ({ StartTime }) => time(StartTime) },
      { id: 'message', header: facts.message, cell: ({ StatusMessage }) => StatusMessage },
    ]}
  />
)
