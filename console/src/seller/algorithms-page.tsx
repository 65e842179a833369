import type { AlgorithmSummary } from '@aws-sdk/client-sagemaker'
import type { TableProps } from '@cloudscape-design/components/table'
import { useRegion } from '../api/region.ts'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { nameColumns } from '../kit/name-columns.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { useListing } from '../kit/use-listing.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { algorithms, deleteAlgorithm } from './product.ts'
import { ProductTabs } from './product-tabs.tsx'
import { sellerTexts } from './seller-texts.ts'
import { SubscribedProducts } from './subscribed-products.tsx'

const words = { ...sellerTexts.algorithm, cli: 'aws sagemaker create-algorithm --cli-input-json file://algorithm.json' }
const nameOf = ({ AlgorithmName = '' }: AlgorithmSummary): string => AlgorithmName
const pathOf = (item: AlgorithmSummary): string => pathTo('algorithm', { name: nameOf(item) })

const columns: readonly TableProps.ColumnDefinition<AlgorithmSummary>[] = [
  ...nameColumns<AlgorithmSummary>({ name: nameOf, href: pathOf, created: item => item.CreationTime }),
  { id: 'status', header: sellerTexts.columns.status, cell: item => <Status word={item.AlgorithmStatus} /> },
  { id: 'description', header: sellerTexts.columns.description, cell: item => item.AlgorithmDescription },
]

export default function AlgorithmsPage() {
  return (
    <ProductTabs
      own={words.own}
      list={<OwnAlgorithms />}
      subscriptions={<SubscribedProducts type="algorithm" purpose={words.purpose} find={words.find} />}
    />
  )
}

function OwnAlgorithms() {
  const listing = useListing(algorithms)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={nameOf}
      createAt={pathTo('createAlgorithm')}
      actions={[
        {
          text: words.createTrainingJob,
          refusal: ({ AlgorithmStatus }) =>
            AlgorithmStatus === 'Completed' ? undefined : sellerTexts.details.notListable,
          run: item => navigate(`${pathTo('createTrainingJob')}?algorithm=${encodeURIComponent(nameOf(item))}`),
        },
        {
          text: words.createTuningJob,
          refusal: ({ AlgorithmStatus }) =>
            AlgorithmStatus === 'Completed' ? undefined : sellerTexts.details.notListable,
          run: item => navigate(`${pathTo('createTuningJob')}?algorithm=${encodeURIComponent(nameOf(item))}`),
        },
        {
          text: sellerTexts.details.clone,
          run: item => navigate(`${pathTo('createAlgorithm')}?clone=${encodeURIComponent(nameOf(item))}`),
        },
        {
          text: deletionVerb,
          ask: (item, close) => (
            <Deletion
              name={nameOf(item)}
              text={words.deletion}
              kind={algorithms.kind}
              run={() => deleteAlgorithm(region, nameOf(item))}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}
