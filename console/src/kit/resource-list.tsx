import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown'
import CollectionPreferences from '@cloudscape-design/components/collection-preferences'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { type ReactNode, useState } from 'react'
import { navigate } from '../route/location.ts'
import { texts } from '../texts.ts'
import { CopyLine } from './copy-line.tsx'
import { ErrorAlert } from './error-alert.tsx'
import type { Listing } from './use-listing.ts'

const words = texts.list

/** What one may do with the row that is chosen: at once, or after a dialog has asked. */
export type RowAction<Item> = {
  readonly text: string
  /** Why not; undefined when one may. */
  readonly refusal?: (item: Item) => string | undefined
} & ({ run(item: Item): void } | { ask(item: Item, close: () => void): ReactNode })

export interface ResourceListProps<Item> {
  readonly words: ListWords
  readonly listing: Listing<Item>
  readonly columns: readonly TableProps.ColumnDefinition<Item>[]
  readonly nameOf: (item: Item) => string
  readonly statuses?: readonly string[]
  /** False where the API finds nothing by a name. */
  readonly isFoundByName?: boolean
  /** The page that makes one. */
  readonly createAt?: string
  /** Or the dialog. */
  readonly createBy?: (close: () => void) => ReactNode
  readonly actions: readonly RowAction<Item>[]
}

export interface ListWords {
  readonly plural: string
  readonly purpose: string
  /** The button's; absent where nobody makes one here. */
  readonly create?: string
  /** What makes the first one from a shell. */
  readonly cli?: string
}

/** The one list of resources. */
export function ResourceList<Item>(props: ResourceListProps<Item>) {
  const { words: own, listing, columns, nameOf } = props
  const [chosen, setChosen] = useState<string>()
  const [asking, setAsking] = useState<ReactNode>()
  const selected = listing.items.filter(item => nameOf(item) === chosen)
  if (listing.query.error && listing.items.length === 0) return <ErrorAlert error={listing.query.error} />
  const sorted = listing.sort.replace('-', '')
  const table = (
    <Table<Item>
      variant="full-page"
      stickyHeader
      enableKeyboardNavigation
      ariaLabels={{
        tableLabel: own.plural,
        selectionGroupLabel: words.selection,
        itemSelectionLabel: (_, item) => words.select(nameOf(item)),
      }}
      header={
        <Header
          variant="h1"
          description={own.purpose}
          actions={<Buttons {...props} selected={selected[0]} ask={setAsking} />}
        >
          {own.plural}
        </Header>
      }
      columnDefinitions={columns}
      items={listing.items}
      trackBy={nameOf}
      {...(props.actions.length > 0 && { selectionType: 'single' as const })}
      selectedItems={selected}
      onSelectionChange={({ detail }) => setChosen(detail.selectedItems[0] && nameOf(detail.selectedItems[0]))}
      loading={listing.query.isPending}
      loadingText={texts.loading}
      sortingColumn={{ sortingField: sorted }}
      sortingDescending={listing.sort.startsWith('-')}
      onSortingChange={({ detail }) =>
        listing.setSort(`${detail.isDescending ? '-' : ''}${detail.sortingColumn.sortingField}`)
      }
      filter={<Filters {...props} />}
      pagination={
        <Pagination
          currentPageIndex={listing.at + 1}
          pagesCount={listing.pages}
          openEnd={listing.hasMore}
          onChange={({ detail }) => listing.goTo(detail.currentPageIndex - 1)}
          ariaLabels={{ paginationLabel: own.plural }}
        />
      }
      preferences={<Preferences listing={listing} />}
      empty={<Empty {...props} ask={setAsking} />}
    />
  )
  return (
    <>
      {table}
      {asking}
    </>
  )
}

interface AskingProps<Item> extends ResourceListProps<Item> {
  readonly ask: (dialog: ReactNode) => void
}

/** To the page that makes one, or to the dialog; nothing where nobody makes one here. */
function CreateButton<Item>({
  words: { create },
  createAt,
  createBy,
  ask,
  isPrimary = false,
}: AskingProps<Item> & { readonly isPrimary?: boolean }) {
  if (create === undefined) return null
  const run = () => (createAt === undefined ? ask(createBy?.(() => ask(undefined))) : navigate(createAt))
  return (
    <Button variant={isPrimary ? 'primary' : 'normal'} onClick={run}>
      {create}
    </Button>
  )
}

function Buttons<Item>(props: AskingProps<Item> & { readonly selected: Item | undefined }) {
  const { listing, actions, selected, ask } = props
  const act = (action: RowAction<Item> | undefined, item: Item): void => {
    if (!action) return
    if ('run' in action) action.run(item)
    else ask(action.ask(item, () => ask(undefined)))
  }
  const items = actions.map(({ text, refusal }, index): ButtonDropdownProps.Item => {
    const why = selected === undefined ? words.chooseOne : refusal?.(selected)
    return { id: String(index), text, disabled: why !== undefined, ...(why !== undefined && { disabledReason: why }) }
  })
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button iconName="refresh" ariaLabel={words.refresh} onClick={() => void listing.refresh()} />
      {actions.length > 0 && (
        <ButtonDropdown
          items={items}
          onItemClick={({ detail }) => selected !== undefined && act(actions[Number(detail.id)], selected)}
        >
          {words.actions}
        </ButtonDropdown>
      )}
      <CreateButton {...props} isPrimary />
    </SpaceBetween>
  )
}

function Filters<Item>({ words: { plural }, listing, statuses = [], isFoundByName = true }: ResourceListProps<Item>) {
  const [typed, setTyped] = useState(listing.name)
  const any = { value: '', label: words.anyStatus }
  const options = [any, ...statuses.map(value => ({ value, label: value }))]
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {isFoundByName && (
        <TextFilter
          filteringText={typed}
          filteringPlaceholder={words.find(plural)}
          filteringAriaLabel={words.find(plural)}
          onChange={({ detail }) => setTyped(detail.filteringText)}
          onDelayedChange={({ detail }) => listing.setName(detail.filteringText)}
        />
      )}
      {statuses.length > 0 && (
        <Select
          ariaLabel={words.filterStatus}
          options={options}
          selectedOption={options.find(({ value }) => value === listing.status) ?? any}
          onChange={({ detail }) => listing.setStatus(detail.selectedOption.value ?? '')}
        />
      )}
    </SpaceBetween>
  )
}

const Preferences = <Item,>({ listing }: { readonly listing: Listing<Item> }) => (
  <CollectionPreferences
    title={words.preferences}
    confirmLabel={words.confirm}
    cancelLabel={words.cancel}
    preferences={{ pageSize: listing.size }}
    pageSizePreference={{
      title: words.pageSize,
      options: [10, 20, 50, 100].map(value => ({ value, label: words.items(value) })),
    }}
    onConfirm={({ detail }) => listing.setPageSize(detail.pageSize ?? 20)}
  />
)

function Empty<Item>(props: AskingProps<Item>) {
  const { words: own, listing } = props
  if (listing.hasFilter)
    return (
      <SpaceBetween size="s" alignItems="center">
        <b>{words.noMatch}</b>
        <Box color="text-body-secondary">{words.noMatchWhy}</Box>
        <Button onClick={listing.clear}>{words.clearFilter}</Button>
      </SpaceBetween>
    )
  return (
    <SpaceBetween size="s" alignItems="center">
      <b>{words.none(own.plural)}</b>
      <Box color="text-body-secondary">{own.purpose}</Box>
      <CreateButton {...props} />
      {own.cli !== undefined && (
        <Box color="text-body-secondary">
          {words.byCli} <CopyLine line={own.cli} />
        </Box>
      )}
    </SpaceBetween>
  )
}
