import type { EntitySummary } from '@aws-sdk/client-marketplace-catalog'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { ownProducts, visibilityWord } from './own-product.ts'
import { partnerTexts as words } from './partner-texts.ts'

const idOf = ({ EntityId = '' }: EntitySummary): string => EntityId

const columns: readonly TableProps.ColumnDefinition<EntitySummary>[] = [
  {
    id: 'title',
    header: words.columns.title,
    isRowHeader: true,
    cell: item => (
      <Link href={pathTo('ownProduct', { name: idOf(item) })} onFollow={follow}>
        {item.Name ?? idOf(item)}
      </Link>
    ),
  },
  { id: 'id', header: words.columns.id, cell: idOf },
  {
    id: 'visibility',
    header: words.columns.visibility,
    cell: ({ Visibility }) => <Status word={visibilityWord(Visibility)} />,
  },
  {
    id: 'updated',
    header: words.columns.updated,
    cell: ({ LastModifiedDate: at }) => time(at === undefined ? undefined : new Date(at)),
  },
]

export default function ProductsPage() {
  const listing = useListing(ownProducts)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={idOf}
      isFoundByName={false}
      createAt={pathTo('createProduct')}
      actions={[]}
    />
  )
}
