import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { CopyLine } from '../kit/copy-line.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { type SubscribedProduct, useSubscribedProducts } from '../marketplace/subscribed-product.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.list

interface Props {
  readonly type: 'algorithm' | 'model-package'
  readonly purpose: string
  readonly find: string
}

/** What this account is subscribed to, where SageMaker's console has it. */
export function SubscribedProducts({ type, purpose, find }: Props) {
  const { data = [], error, isPending } = useSubscribedProducts(type)
  if (error) return <ErrorAlert error={error} />
  const toShop = () => navigate(pathTo('storefront'))
  return (
    <Table<SubscribedProduct>
      wrapLines
      items={data}
      loading={isPending}
      loadingText={texts.loading}
      ariaLabels={{ tableLabel: words.subscriptions }}
      header={
        <Header variant="h2" actions={<Button onClick={toShop}>{find}</Button>}>
          {words.subscriptions}
        </Header>
      }
      empty={
        <SpaceBetween size="s" alignItems="center">
          <b>{words.noSubscriptions}</b>
          <Box color="text-body-secondary">{purpose}</Box>
        </SpaceBetween>
      }
      columnDefinitions={[
        {
          id: 'product',
          header: words.product,
          isRowHeader: true,
          cell: ({ product, agreement }) => (
            <Link href={pathTo('subscription', { name: agreement })} onFollow={follow}>
              {product}
            </Link>
          ),
        },
        { id: 'arn', header: words.arn, cell: ({ arn }) => <CopyLine line={arn} /> },
        {
          id: 'launch',
          header: words.launch,
          cell: ({ agreement, arn }) => (
            <Link href={`${pathTo('launch', { name: agreement })}?arn=${encodeURIComponent(arn)}`} onFollow={follow}>
              {words.launch}
            </Link>
          ),
        },
      ]}
    />
  )
}
