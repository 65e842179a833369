import type { InferenceComponentSpecificationSummary } from '@aws-sdk/client-sagemaker'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { texts } from '../texts.ts'
import type { InferenceComponent } from './inference-component.ts'
import { ModelLink } from './model-link.tsx'
import { endpointTexts } from './resource-texts.ts'

const words = endpointTexts.components

interface Props {
  readonly components: readonly InferenceComponent[] | undefined
}

/** The inference components of an endpoint; undefined while they are asked for. */
export const InferenceComponentTable = ({ components }: Props) => (
  <SimpleTable
    label={words.title}
    items={components ?? []}
    loading={!components}
    empty={words.none}
    columns={[
      { header: words.name, cell: one => one.InferenceComponentName },
      { header: words.status, cell: one => <Status word={one.InferenceComponentStatus} /> },
      { header: words.variant, cell: one => one.VariantName },
      {
        header: words.copies,
        cell: ({ RuntimeConfig: is }) => is && words.of(is.CurrentCopyCount, is.DesiredCopyCount),
      },
      { header: words.model, cell: ({ Specification }) => <Source of={Specification} /> },
      { header: words.failure, cell: one => one.FailureReason ?? texts.none },
    ]}
  />
)

const Source = ({ of }: { readonly of: InferenceComponentSpecificationSummary | undefined }) =>
  of?.ModelName === undefined ? (
    (of?.Container?.DeployedImage?.SpecifiedImage ?? texts.none)
  ) : (
    <ModelLink name={of.ModelName} />
  )
