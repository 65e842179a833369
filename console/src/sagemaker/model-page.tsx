import type { ContainerDefinition, DescribeModelOutput } from '@aws-sdk/client-sagemaker'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { kitTexts } from '../kit/kit-texts.ts'
import { PairTable } from '../kit/pair-table.tsx'
import { time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { deleteModel, models, useModel } from './model.ts'
import { modelTexts as words } from './resource-texts.ts'
import { useTags } from './training-job.ts'

export default function ModelPage({ params: { name = '' } }: { readonly params: Readonly<Record<string, string>> }) {
  const { data: model, error } = useModel(name)
  const tags = useTags(model?.ModelArn)
  const [region] = useRegion()
  const [asks, setAsks] = useState(false)
  if (error && !model) return <ErrorAlert error={error} />
  if (!model) return <Spinner size="large" />
  const config = `${pathTo('createEndpointConfig')}?model=${encodeURIComponent(name)}`
  const transform = `${pathTo('createTransformJob')}?model=${encodeURIComponent(name)}`
  const pairs = (tags.data ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const)
  return (
    <>
      <DetailsFrame
        title={name}
        actions={[
          { text: words.createEndpoint, run: () => navigate(config) },
          { text: words.createTransformJob, run: () => navigate(transform) },
          { text: deletionVerb, run: () => setAsks(true) },
        ]}
        sections={[
          ...sectionsOf(model),
          { title: kitTexts.facts.tags, content: <PairTable label={kitTexts.facts.tags} pairs={pairs} /> },
        ]}
      />
      {asks && (
        <Deletion
          name={name}
          text={words.deletionText}
          kind={models.kind}
          to={pathTo('models')}
          run={() => deleteModel(region, name)}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

function sectionsOf(model: DescribeModelOutput): DetailsSection[] {
  const containers = model.Containers ?? []
  return [
    {
      title: words.settings,
      facts: [
        { label: kitTexts.facts.name, value: model.ModelName },
        { label: 'ARN', value: copied(model.ModelArn) },
        { label: kitTexts.facts.created, value: time(model.CreationTime) },
        { label: words.role, value: copied(model.ExecutionRoleArn) },
      ],
    },
    ...(model.PrimaryContainer ? [containerSection(words.primary, model.PrimaryContainer)] : []),
    ...containers.map((container, index) => containerSection(words.container(index + 1), container)),
    {
      title: words.network,
      facts: [{ label: words.isolation, value: model.EnableNetworkIsolation ? 'Enabled' : 'Disabled' }],
    },
  ]
}

const copied = (text: string | undefined) => (text === undefined ? texts.none : <CopyLine line={text} />)

const containerSection = (title: string, container: ContainerDefinition): DetailsSection => ({
  title,
  facts: [
    { label: words.image, value: copied(container.Image) },
    { label: words.artifacts, value: copied(container.ModelDataUrl) },
    { label: words.package, value: copied(container.ModelPackageName) },
    { label: words.hostname, value: container.ContainerHostname ?? texts.none },
  ],
  content: (
    <SpaceBetween size="xs">
      <Header variant="h3">{words.environment}</Header>
      <PairTable label={words.environment} pairs={Object.entries(container.Environment ?? {})} />
    </SpaceBetween>
  ),
})
