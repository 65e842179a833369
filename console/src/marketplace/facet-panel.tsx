import Checkbox from '@cloudscape-design/components/checkbox'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useUrlState } from '../route/location.ts'
import { type Facet, type SearchFilter, useFacets } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'

const words = marketplaceTexts.storefront

type FacetType = keyof typeof words.facets

/** The facets by their name in the address; values hold no commas. */
const keys: Readonly<Record<string, FacetType>> = {
  type: 'FULFILLMENT_OPTION_TYPE',
  category: 'CATEGORY',
  publisher: 'PUBLISHER',
  pricing: 'PRICING_MODEL',
  unit: 'PRICING_UNIT',
  rating: 'MIN_AVERAGE_CUSTOMER_RATING',
}

/** What is chosen at the left of the shop, kept in the address. */
export function useSearchFilters() {
  const states = Object.entries(keys).map(([key, type]) => {
    // The same keys in the same order at each render.
    // biome-ignore lint/correctness/useHookAtTopLevel: as above
    const [text, setText] = useUrlState(key, '')
    return { key, type, values: text === '' ? [] : text.split(','), setText }
  })
  return {
    filters: states.flatMap(({ type, values }): SearchFilter[] =>
      values.length === 0 ? [] : [{ filterType: type, filterValues: values }],
    ),
    valuesOf: (type: FacetType) => states.find(state => state.type === type)?.values ?? [],
    toggle(type: FacetType, value: string) {
      const state = states.find(each => each.type === type)
      if (!state) return
      const { values } = state
      const others = values.filter(other => other !== value)
      // A least rating is one.
      const added = type === 'MIN_AVERAGE_CUSTOMER_RATING' ? [value] : [...values, value]
      state.setText((others.length < values.length ? others : added).join(','))
    },
    clear() {
      for (const { setText } of states) setText('')
    },
  }
}

type Filters = ReturnType<typeof useSearchFilters>

interface Props {
  readonly text: string
  readonly filters: Filters
}

const none: readonly Facet[] = []
/** On less, what is found comes first. */
const phonePx = 700

/** How many products each choice would leave. */
export function FacetPanel({ text, filters }: Props) {
  const facets = useFacets({ text, filters: filters.filters }).data
  const shown = Object.values(keys).map(type => {
    const counted = facets?.[type === 'MIN_AVERAGE_CUSTOMER_RATING' ? 'AVERAGE_CUSTOMER_RATING' : type] ?? none
    return { type, values: withKnown(type, counted, filters.valuesOf(type)) }
  })
  return (
    <ExpandableSection variant="container" headerText={words.refine} defaultExpanded={window.innerWidth >= phonePx}>
      <SpaceBetween size="m">
        {filters.filters.length > 0 && (
          <Link onFollow={filters.clear} variant="primary">
            {words.clear}
          </Link>
        )}
        {shown
          .filter(({ values }) => values.length > 0)
          .map(({ type, values }) => (
            <FormField key={type} label={words.facets[type]}>
              {values.map(({ value, displayName, count }) => (
                <Checkbox
                  key={value}
                  checked={filters.valuesOf(type).includes(value)}
                  onChange={() => filters.toggle(type, value)}
                >
                  {displayName} ({count})
                </Checkbox>
              ))}
            </FormField>
          ))}
      </SpaceBetween>
    </ExpandableSection>
  )
}

/** Both types of product are always named; what is chosen stays, though nothing is left of it. */
function withKnown(type: FacetType, counted: readonly Facet[], chosen: readonly string[]): readonly Facet[] {
  const types = type === 'FULFILLMENT_OPTION_TYPE' ? Object.keys(marketplaceTexts.types) : []
  const named = counted.map(facet => ({ ...facet, displayName: nameOf(facet.value, facet.displayName, type) }))
  const absent = [...new Set([...types, ...chosen])].filter(value => !counted.some(facet => facet.value === value))
  return [...named, ...absent.map(value => ({ value, displayName: nameOf(value, value, type), count: 0 }))]
}

const nameOf = (value: string, name: string, type: FacetType): string =>
  (type === 'FULFILLMENT_OPTION_TYPE' && marketplaceTexts.types[value]) || name
