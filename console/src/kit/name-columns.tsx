import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { follow } from '../route/follow.ts'
import { kitTexts } from './kit-texts.ts'
import { time } from './time.ts'

interface Of<Item> {
  name(item: Item): string
  href(item: Item): string
  created(item: Item): Date | undefined
}

/** The first columns of every list: the name, which leads to its page, and when it was made. */
export const nameColumns = <Item,>({ name, href, created }: Of<Item>): TableProps.ColumnDefinition<Item>[] => [
  {
    id: 'name',
    header: kitTexts.facts.name,
    sortingField: 'Name',
    isRowHeader: true,
    cell: item => (
      <Link href={href(item)} onFollow={follow}>
        {name(item)}
      </Link>
    ),
  },
  { id: 'created', header: kitTexts.facts.created, sortingField: 'CreationTime', cell: item => time(created(item)) },
]
