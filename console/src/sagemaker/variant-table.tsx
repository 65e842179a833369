import type { ProductionVariant } from '@aws-sdk/client-sagemaker'
import Link from '@cloudscape-design/components/link'
import Table from '@cloudscape-design/components/table'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
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
        cell: ({ ModelName = '' }) => (
          <Link href={pathTo('model', { name: ModelName })} onFollow={follow}>
            {ModelName}
          </Link>
        ),
      },
      { id: 'type', header: words.instanceType, cell: one => one.InstanceType },
      { id: 'count', header: words.count, cell: one => one.InitialInstanceCount },
      { id: 'weight', header: words.weight, cell: one => one.InitialVariantWeight },
    ]}
  />
)
