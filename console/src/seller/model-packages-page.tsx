import type { ModelPackageSummary } from '@aws-sdk/client-sagemaker'
import type { TableProps } from '@cloudscape-design/components/table'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { deleteModelPackage, modelPackages, toModel } from './product.ts'
import { ProductTabs } from './product-tabs.tsx'
import { sellerTexts } from './seller-texts.ts'
import { SubscribedProducts } from './subscribed-products.tsx'

const words = {
  ...sellerTexts.modelPackage,
  cli: 'aws sagemaker create-model-package --cli-input-json file://model-package.json',
}
const nameOf = ({ ModelPackageName = '' }: ModelPackageSummary): string => ModelPackageName
const pathOf = (item: ModelPackageSummary): string => pathTo('modelPackage', { name: nameOf(item) })

const columns: readonly TableProps.ColumnDefinition<ModelPackageSummary>[] = [
  ...nameColumns<ModelPackageSummary>({ name: nameOf, href: pathOf, created: item => item.CreationTime }),
  { id: 'status', header: sellerTexts.columns.status, cell: item => <Status word={item.ModelPackageStatus} /> },
  { id: 'description', header: sellerTexts.columns.description, cell: item => item.ModelPackageDescription },
]

export default function ModelPackagesPage() {
  return (
    <ProductTabs
      own={words.own}
      list={<OwnModelPackages />}
      subscriptions={<SubscribedProducts type="model-package" purpose={words.purpose} find={words.find} />}
    />
  )
}

const whenCompleted = ({ ModelPackageStatus }: ModelPackageSummary): string | undefined =>
  ModelPackageStatus === 'Completed' ? undefined : sellerTexts.details.notListable

function OwnModelPackages() {
  const listing = useListing(modelPackages)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createAt={pathTo('createModelPackage')}
      actions={[
        { text: words.createModel, refusal: whenCompleted, run: item => toModel(nameOf(item), '') },
        { text: words.createEndpoint, refusal: whenCompleted, run: item => toModel(nameOf(item), '&then=endpoint') },
        {
          text: words.createTransformJob,
          refusal: whenCompleted,
          run: item => toModel(nameOf(item), '&then=transform'),
        },
        {
          text: sellerTexts.details.clone,
          run: item => navigate(`${pathTo('createModelPackage')}?clone=${encodeURIComponent(nameOf(item))}`),
        },
        {
          text: deletionVerb,
          ask: (item, close) => (
            <Deletion
              name={nameOf(item)}
              text={words.deletion}
              kind={modelPackages.kind}
              run={() => deleteModelPackage(region, nameOf(item))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
