import type { ProductionVariant } from '@aws-sdk/client-sagemaker'
import Table from '@cloudscape-design/components/table'
import { texts } from '../texts.ts'
import { ModelLink } from './model-link.tsx'
import { endpointConfigTexts as words } from './resource-texts.ts'

/** The production variants of a configuration. */
export const VariantTable = ({ variants }: { readonly variants: readonly ProductionVariant[] }) => (
  <Table
    variant="embedded"
    items={variants}
    ariaLabels={{ tableLabel: words.variants }}
    columnDefinitions={[
      { id: 'variant', header: words.variant, cell: one => one.VariantName, isRowHeader: true },
      {
        id: 'model',
        header: words.model,
        // A variant for inference components has none.
        cell: ({ ModelName }) => (ModelName === undefined ? texts.none : <ModelLink name={ModelName} />),
      },
      { id: 'type', header: words.instanceType, cell: one => one.InstanceType },
      { id: 'count', header: words.count, cell: one => one.InitialInstanceCount },
      { id: 'weight', header: words.weight, cell: one => one.InitialVariantWeight },
    ]}
  />
)
