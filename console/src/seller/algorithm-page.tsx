import type { DescribeAlgorithmOutput, TrainingSpecification } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { isBeingMade } from '../kit/status.tsx'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useAlgorithm } from '../sagemaker/algorithm.ts'
import { useTags } from '../sagemaker/training-job.ts'
import { texts } from '../texts.ts'
import { CertificationSection } from './certification-section.tsx'
import { algorithms, deleteAlgorithm, listingRefusal, toListing } from './product.ts'
import { copied, inferenceSection, joined, summaryFacts } from './product-facts.tsx'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.algorithm
const details = sellerTexts.details

export default function AlgorithmPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: algorithm, error } = useAlgorithm(name)
  const tags = useTags(algorithm?.AlgorithmArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !algorithm) return <ErrorAlert error={error} />
  if (!algorithm) return <Spinner size="large" />
  const given = encodeURIComponent(name)
  const refusal = algorithm.AlgorithmStatus === 'Completed' ? undefined : details.notListable
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          {
            text: words.createTrainingJob,
            refusal,
            run: () => navigate(`${pathTo('createTrainingJob')}?algorithm=${given}`),
          },
          {
            text: words.createTuningJob,
            refusal,
            run: () => navigate(`${pathTo('createTuningJob')}?algorithm=${given}`),
          },
          { text: details.clone, run: () => navigate(`${pathTo('createAlgorithm')}?clone=${given}`) },
          {
            text: details.publish,
            refusal: listingRefusal(algorithm.AlgorithmStatus, algorithm.CertifyForMarketplace),
            run: () => toListing(algorithm.AlgorithmArn ?? ''),
          },
          { text: deletionVerb, run: () => setAsks(true) },
        ]}
        failure={{ title: details.failure, reason: failureOf(algorithm) }}
        sections={[
          ...sectionsOf(algorithm),
          { title: details.tags, content: <PairTable label={details.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Deletion
          name={name}
          text={words.deletion}
          kind={algorithms.kind}
          to={pathTo('algorithms')}
          run={() => deleteAlgorithm(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

const stepsOf = ({ AlgorithmStatusDetails: told }: DescribeAlgorithmOutput) => ({
  validation: told?.ValidationStatuses ?? [],
  scans: told?.ImageScanStatuses ?? [],
})

function failureOf(algorithm: DescribeAlgorithmOutput): string | undefined {
  const { validation, scans } = stepsOf(algorithm)
  return [...validation, ...scans].find(({ Status }) => Status === 'Failed')?.FailureReason
}

function sectionsOf(algorithm: DescribeAlgorithmOutput): DetailsSection[] {
  const { TrainingSpecification: training, InferenceSpecification: inference } = algorithm
  return [
    {
      title: details.summary,
      facts: summaryFacts({
        name: algorithm.AlgorithmName,
        arn: algorithm.AlgorithmArn,
        status: algorithm.AlgorithmStatus,
        created: algorithm.CreationTime,
        description: algorithm.AlgorithmDescription,
        certified: algorithm.CertifyForMarketplace,
      }),
    },
    {
      title: details.validation,
      content: (
        <CertificationSection
          name={algorithm.AlgorithmName ?? ''}
          made={algorithm.CreationTime}
          isMaking={isBeingMade(algorithm.AlgorithmStatus)}
          {...stepsOf(algorithm)}
          described={{ ...algorithm, $metadata: undefined }}
        />
      ),
    },
    ...(training ? trainingSections(training) : []),
    ...(inference ? [inferenceSection(inference)] : []),
  ]
}

const trainingSections = (training: TrainingSpecification): DetailsSection[] => [
  {
    title: words.training,
    facts: [
      { label: words.image, value: copied(training.TrainingImage) },
      { label: words.distributed, value: training.SupportsDistributedTraining ? details.yes : details.no },
      { label: details.types, value: joined(training.SupportedTrainingInstanceTypes) },
    ],
  },
  { title: words.channels, content: <Channels training={training} /> },
  { title: words.hyperParameters, content: <HyperParameters training={training} /> },
  {
    title: words.metrics,
    content: (
      <PairTable
        label={words.metrics}
        pairs={(training.MetricDefinitions ?? []).map(({ Name = '', Regex = '' }) => [Name, Regex] as const)}
      />
    ),
  },
]

interface Props {
  readonly training: TrainingSpecification
}

const Channels = ({ training }: Props) => (
  <Table
    variant="embedded"
    wrapLines
    items={training.TrainingChannels ?? []}
    ariaLabels={{ tableLabel: words.channels }}
    columnDefinitions={[
      { id: 'name', header: words.channel, cell: ({ Name }) => Name, isRowHeader: true },
      { id: 'required', header: words.isRequired, cell: ({ IsRequired }) => (IsRequired ? details.yes : details.no) },
      { id: 'description', header: details.description, cell: ({ Description }) => Description ?? texts.none },
      { id: 'modes', header: words.modes, cell: channel => joined(channel.SupportedInputModes) },
      { id: 'contents', header: words.contentTypes, cell: channel => joined(channel.SupportedContentTypes) },
      {
        id: 'compressions',
        header: words.compressions,
        cell: channel => joined(channel.SupportedCompressionTypes) ?? texts.none,
      },
    ]}
  />
)

const HyperParameters = ({ training }: Props) => (
  <Table
    variant="embedded"
    wrapLines
    items={training.SupportedHyperParameters ?? []}
    empty={texts.none}
    ariaLabels={{ tableLabel: words.hyperParameters }}
    columnDefinitions={[
      { id: 'name', header: words.channel, cell: ({ Name }) => Name, isRowHeader: true },
      { id: 'type', header: words.type, cell: ({ Type }) => Type },
      { id: 'required', header: words.isRequired, cell: ({ IsRequired }) => (IsRequired ? details.yes : details.no) },
      { id: 'tunable', header: words.tunable, cell: ({ IsTunable }) => (IsTunable ? details.yes : details.no) },
      { id: 'default', header: words.defaultValue, cell: ({ DefaultValue }) => DefaultValue ?? texts.none },
      { id: 'description', header: details.description, cell: ({ Description }) => Description ?? texts.none },
    ]}
  />
)
