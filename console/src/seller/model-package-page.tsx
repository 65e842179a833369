import type { DescribeModelPackageOutput } from '@aws-sdk/client-sagemaker'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { PairTable } from '../kit/pair-table.tsx'
import { isBeingMade } from '../kit/status.tsx'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { useTags } from '../sagemaker/training-job.ts'
import { CertificationSection } from './certification-section.tsx'
import { deleteModelPackage, listingRefusal, modelPackages, toListing, toModel, useModelPackage } from './product.ts'
import { copied, encryptionSection, inferenceSection, summaryFacts } from './product-facts.tsx'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.modelPackage
const details = sellerTexts.details

export default function ModelPackagePage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data: described, error } = useModelPackage(name)
  const tags = useTags(described?.ModelPackageArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !described) return <ErrorAlert error={error} />
  if (!described) return <Spinner size="large" />
  const refusal = described.ModelPackageStatus === 'Completed' ? undefined : details.notListable
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          { text: words.createModel, refusal, run: () => toModel(name, '') },
          { text: words.createEndpoint, refusal, run: () => toModel(name, '&then=endpoint') },
          {
            text: details.clone,
            run: () => navigate(`${pathTo('createModelPackage')}?clone=${encodeURIComponent(name)}`),
          },
          {
            text: details.publish,
            refusal: listingRefusal(described.ModelPackageStatus, described.CertifyForMarketplace),
            run: () => toListing(described.ModelPackageArn ?? ''),
          },
          { text: deletionVerb, run: () => setAsks(true) },
        ]}
        failure={{ title: details.failure, reason: failureOf(described) }}
        sections={[
          ...sectionsOf(described),
          { title: details.tags, content: <PairTable label={details.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Deletion
          name={name}
          text={words.deletion}
          kind={modelPackages.kind}
          to={pathTo('modelPackages')}
          run={() => deleteModelPackage(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

const stepsOf = ({ ModelPackageStatusDetails: told }: DescribeModelPackageOutput) => ({
  validation: told?.ValidationStatuses ?? [],
  scans: told?.ImageScanStatuses ?? [],
})

function failureOf(described: DescribeModelPackageOutput): string | undefined {
  const { validation, scans } = stepsOf(described)
  return [...validation, ...scans].find(({ Status }) => Status === 'Failed')?.FailureReason
}

function sectionsOf(described: DescribeModelPackageOutput): DetailsSection[] {
  const [source] = described.SourceAlgorithmSpecification?.SourceAlgorithms ?? []
  const inference = described.InferenceSpecification
  return [
    {
      title: details.summary,
      facts: summaryFacts({
        name: described.ModelPackageName,
        arn: described.ModelPackageArn,
        status: described.ModelPackageStatus,
        created: described.CreationTime,
        description: described.ModelPackageDescription,
        certified: described.CertifyForMarketplace,
      }),
    },
    {
      title: details.validation,
      content: (
        <CertificationSection
          name={described.ModelPackageName ?? ''}
          made={described.CreationTime}
          isMaking={isBeingMade(described.ModelPackageStatus)}
          {...stepsOf(described)}
          described={{ ...described, $metadata: undefined }}
        />
      ),
    },
    ...(inference ? [inferenceSection(inference), encryptionSection(inference)] : []),
    ...(source
      ? [
          {
            title: words.source,
            facts: [
              { label: words.algorithm, value: copied(source.AlgorithmName) },
              { label: words.data, value: copied(source.ModelDataUrl) },
            ],
          },
        ]
      : []),
  ]
}
