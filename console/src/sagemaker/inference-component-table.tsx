import type { InferenceComponentSpecificationSummary } from '@aws-sdk/client-sagemaker'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { texts } from '../texts.ts'
import { deleteInferenceComponent, type InferenceComponent, inferenceComponentKind } from './inference-component.ts'
import { CreateInferenceComponent, SetCopyCount } from './inference-component-dialogs.tsx'
import { ModelLink } from './model-link.tsx'
import { endpointTexts } from './resource-texts.ts'

const words = endpointTexts.components
const nameOf = ({ InferenceComponentName = '' }: InferenceComponent): string => InferenceComponentName

interface Props {
  readonly endpoint: string
  /** Where a component may be put. */
  readonly variants: readonly string[]
  readonly components: readonly InferenceComponent[] | undefined
}

/** The inference components of an endpoint, made, scaled and deleted here; undefined while they are asked for. */
export function InferenceComponentTable({ endpoint, variants, components }: Props) {
  const [region] = useRegion()
  const [creates, setCreates] = useState(false)
  const [scaled, setScaled] = useState<InferenceComponent>()
  const [deleted, setDeleted] = useState<InferenceComponent>()
  return (
    <SpaceBetween size="m">
      <Button onClick={() => setCreates(true)}>{words.form.create}</Button>
      <SimpleTable
        label={words.title}
        items={components ?? []}
        loading={!components}
        empty={words.none}
        columns={[
          { header: words.name, cell: nameOf },
          { header: words.status, cell: one => <Status word={one.InferenceComponentStatus} /> },
          { header: words.variant, cell: one => one.VariantName },
          {
            header: words.copies,
            cell: ({ RuntimeConfig: is }) => is && words.of(is.CurrentCopyCount, is.DesiredCopyCount),
          },
          { header: words.model, cell: ({ Specification }) => <Source of={Specification} /> },
          { header: words.failure, cell: one => one.FailureReason ?? texts.none },
          {
            header: texts.list.actions,
            cell: one => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button ariaLabel={words.form.setCopiesOf(nameOf(one))} onClick={() => setScaled(one)}>
                  {words.form.setCopies}
                </Button>
                <Button ariaLabel={words.form.deleteOf(nameOf(one))} onClick={() => setDeleted(one)}>
                  {deletionVerb}
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {creates && <CreateInferenceComponent endpoint={endpoint} variants={variants} close={() => setCreates(false)} />}
      {scaled && <SetCopyCount component={scaled} close={() => setScaled(undefined)} />}
      {deleted && (
        <Deletion
          name={nameOf(deleted)}
          text={words.form.deletion}
          kind={inferenceComponentKind}
          run={() => deleteInferenceComponent(region, nameOf(deleted))}
          onClose={() => setDeleted(undefined)}
        />
      )}
    </SpaceBetween>
  )
}

const Source = ({ of }: { readonly of: InferenceComponentSpecificationSummary | undefined }) =>
  of?.ModelName === undefined ? (
    (of?.Container?.DeployedImage?.SpecifiedImage ?? texts.none)
  ) : (
    <ModelLink name={of.ModelName} />
  )
