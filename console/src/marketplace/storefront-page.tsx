import Box from '@cloudscape-design/components/box'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import Cards from '@cloudscape-design/components/cards'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { usePages } from '../kit/use-pages.ts'
import { useUrlState } from '../route/location.ts'
import { texts } from '../texts.ts'
import { type ListingSummary, type SearchPage, searchListings } from './discovery.ts'
import { FacetPanel, useSearchFilters } from './facet-panel.tsx'
import { Badges } from './listing-badges.tsx'
import { ListingLink } from './listing-link.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { ProductLogo } from './product-logo.tsx'
import { Rating } from './rating.tsx'
import { SavedList } from './saved-list.tsx'

const words = marketplaceTexts.storefront

/** The shop: what is searched, refined and sorted is in the address. */
export default function StorefrontPage() {
  const [text, setText] = useUrlState('text', '')
  const [sort, setSort] = useUrlState('sort', 'relevance', value => value === 'rating')
  const filters = useSearchFilters()
  const search = { text, filters: filters.filters }
  const listings = usePages<ListingSummary, SearchPage>({
    kind: 'listings',
    filter: JSON.stringify([search, sort]),
    fetch: token => searchListings(search, sort === 'rating', token),
  })
  const total = listings.query.data?.total
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={words.description}>
          {words.title}
        </Header>
      }
    >
      <div className="shop">
        <SpaceBetween size="l">
          <FacetPanel text={text} filters={filters} />
          <SavedList />
        </SpaceBetween>
        <SpaceBetween size="m">
          <SearchBar {...{ text, setText, sort, setSort }} />
          {listings.query.error && listings.items.length === 0 ? (
            <ErrorAlert error={listings.query.error} />
          ) : (
            <Cards<ListingSummary>
              items={listings.items}
              trackBy="listingId"
              loading={listings.query.isPending}
              loadingText={texts.loading}
              ariaLabels={{ itemSelectionLabel: (_, item) => item.listingName, selectionGroupLabel: words.card }}
              cardsPerRow={[{ cards: 1 }, { minWidth: 600, cards: 2 }]}
              header={<Header variant="h2">{total === undefined ? texts.loading : words.results(total)}</Header>}
              cardDefinition={card}
              empty={<Empty clear={filters.clear} />}
              pagination={
                <Pagination
                  currentPageIndex={listings.at + 1}
                  pagesCount={listings.pages}
                  openEnd={listings.hasMore}
                  onChange={({ detail }) => listings.goTo(detail.currentPageIndex - 1)}
                  ariaLabels={{ paginationLabel: words.card }}
                />
              }
            />
          )}
        </SpaceBetween>
      </div>
    </ContentLayout>
  )
}

interface SearchBarProps {
  readonly text: string
  readonly sort: string
  setText(text: string): void
  setSort(sort: string): void
}

function SearchBar({ text, sort, setText, setSort }: SearchBarProps) {
  const [typed, setTyped] = useState(text)
  const orders = [
    { id: 'relevance', text: words.relevance },
    { id: 'rating', text: words.rating },
  ]
  return (
    <div className="shop-search">
      <TextFilter
        filteringText={typed}
        filteringPlaceholder={words.search}
        filteringAriaLabel={words.search}
        onChange={({ detail }) => setTyped(detail.filteringText)}
        onDelayedChange={({ detail }) => setText(detail.filteringText.trim())}
      />
      <ButtonDropdown
        items={orders.map(({ id, text: label }) => ({ id, text: label, itemType: 'checkbox', checked: id === sort }))}
        onItemClick={({ detail }) => setSort(detail.id)}
      >
        {words.sort(orders.find(({ id }) => id === sort)?.text ?? '')}
      </ButtonDropdown>
    </div>
  )
}

const card = {
  header: (listing: ListingSummary) => (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <ProductLogo url={listing.logoThumbnailUrl} />
      <ListingLink listing={listing} fontSize="heading-m" />
    </SpaceBetween>
  ),
  sections: [
    { id: 'seller', content: (listing: ListingSummary) => <Seller listing={listing} /> },
    { id: 'description', content: (listing: ListingSummary) => listing.shortDescription },
    { id: 'badges', content: (listing: ListingSummary) => <Badges listing={listing} /> },
  ],
}

const Seller = ({ listing }: { readonly listing: ListingSummary }) => (
  <Box color="text-body-secondary">
    {words.by(listing.publisher.displayName)} <Rating summary={listing.reviewSummary} />
  </Box>
)

const Empty = ({ clear }: { clear(): void }) => (
  <SpaceBetween size="s" alignItems="center">
    <b>{words.none}</b>
    <Box color="text-body-secondary">{words.noneWhy}</Box>
    <Link onFollow={clear}>{words.clear}</Link>
  </SpaceBetween>
)
