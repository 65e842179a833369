import Link from '@cloudscape-design/components/link'
import type { ReactNode } from 'react'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns, type Column } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { type ListingSource, useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { identityTexts as texts } from './identity-texts.ts'

interface Props<Item> {
  readonly words: { readonly plural: string; readonly purpose: string; readonly create: string; readonly cli: string }
  readonly source: ListingSource<Item>
  readonly nameLabel: string
  nameOf(item: Item): string
  href(item: Item): string
  /** Beside name, path and time. */
  readonly columns?: readonly Column<Item>[]
  createBy(close: () => void): ReactNode
}

interface Listed {
  readonly Path?: string | undefined
  readonly CreateDate?: Date | undefined
}

/** A list of IAM: names that lead to their pages, and a dialog that makes one. */
export function IdentityList<Item extends Listed>({ source, nameLabel, href, columns = [], ...props }: Props<Item>) {
  const listing = useListing(source)
  return (
    <ResourceList
      {...props}
      listing={listing}
      isFoundByName={false}
      actions={[]}
      columns={asColumns<Item>([
        {
          header: nameLabel,
          cell: item => (
            <Link href={href(item)} onFollow={follow}>
              {props.nameOf(item)}
            </Link>
          ),
        },
        { header: texts.path, cell: ({ Path }) => Path },
        ...columns,
        { header: texts.createdAt, cell: ({ CreateDate }) => time(CreateDate) },
      ])}
    />
  )
}
