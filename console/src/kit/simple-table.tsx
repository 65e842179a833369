import Table, { type TableProps } from '@cloudscape-design/components/table'

export interface Column<Item> {
  readonly header: string
  cell(item: Item): React.ReactNode
}

interface Props<Item> {
  readonly label: string
  readonly items: readonly Item[]
  /** The first one is the row's heading. */
  readonly columns: readonly Column<Item>[]
  readonly empty: React.ReactNode
  readonly loading?: boolean
}

/** The columns as a table takes them: the first one names the row. */
export const asColumns = <Item,>(columns: readonly Column<Item>[]): TableProps.ColumnDefinition<Item>[] =>
  columns.map(({ header, cell }, index) => ({ id: header, header, cell, isRowHeader: index === 0 }))

/** A few rows inside a section, all of them. */
export const SimpleTable = <Item,>({ label, items, columns, empty, loading = false }: Props<Item>) => (
  <Table
    variant="embedded"
    wrapLines
    loading={loading}
    items={items}
    empty={empty}
    ariaLabels={{ tableLabel: label }}
    columnDefinitions={asColumns(columns)}
  />
)
