import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import { regions, useRegion } from '../api/region.ts'
import type { Fact } from '../kit/details-frame.tsx'
import { texts } from '../texts.ts'
import type { OfferTerm } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { durationWords, type OfferPrice, offerPrice, type PriceRow } from './offer-price.ts'

const words = marketplaceTexts.price

interface Props {
  readonly terms: readonly OfferTerm[]
}

/** What an offer costs, by instance type. */
export function PriceTable({ terms }: Props) {
  const price = offerPrice(terms)
  if (!price) return <Box>{terms.some(term => term.fixedUpfrontPricingTerm) ? null : words.free}</Box>
  return (
    <SpaceBetween size="s">
      {price.perRequest !== undefined && <Box>{words.perRequest(price.perRequest, price.currency)}</Box>}
      <Table<PriceRow>
        variant="embedded"
        items={price.rows}
        header={<Box variant="h3">{words.payAsYouGo}</Box>}
        ariaLabels={{ tableLabel: words.table }}
        columnDefinitions={columnsOf(price)}
      />
    </SpaceBetween>
  )
}

function columnsOf({ currency, rows }: OfferPrice) {
  const uses = (['realtime', 'batch', 'training'] as const).filter(use => rows.some(row => row[use] !== undefined))
  return [
    { id: 'type', header: words.instanceType, cell: (row: PriceRow) => row.instanceType, isRowHeader: true },
    ...uses.map(use => ({ id: use, header: words[use](currency), cell: (row: PriceRow) => row[use] ?? texts.none })),
  ]
}

/** The rest of an offer: trial, what is due at once, refunds and the agreement's text. */
export const termFacts = (terms: readonly OfferTerm[]): Fact[] => terms.flatMap(factsOf)

function factsOf(term: OfferTerm): Fact[] {
  const { freeTrialPricingTerm: trial, fixedUpfrontPricingTerm: upfront, supportTerm, legalTerm } = term
  if (trial) return [{ label: words.trial, value: trialWords(trial) }]
  if (upfront) return [{ label: words.upfront, value: `${upfront.price} ${upfront.currencyCode}` }]
  if (supportTerm) return [{ label: words.refund, value: supportTerm.refundPolicy }]
  if (legalTerm) return [{ label: words.legal, value: documents(legalTerm.documents) }]
  return []
}

function trialWords({ duration, grants }: NonNullable<OfferTerm['freeTrialPricingTerm']>): string {
  const quota = grants.find(({ maxQuantity }) => maxQuantity !== undefined)
  return [
    words.trialText(durationWords(duration) ?? texts.none),
    ...(quota?.maxQuantity === undefined ? [] : [words.trialQuota(quota.maxQuantity, quota.unit)]),
  ].join(' ')
}

const documents = (all: NonNullable<OfferTerm['legalTerm']>['documents']): ReactNode => (
  <SpaceBetween size="xxs">
    {all.map(({ type, url, version }) => {
      const name = [words.documents[type] ?? type, version].filter(Boolean).join(', ')
      return (
        <Link key={url} href={url} external externalIconAriaLabel={words.opened(name)}>
          {name}
        </Link>
      )
    })}
  </SpaceBetween>
)

/** Where it will run; the console's own region follows. */
export function RegionField() {
  const [region, setRegion] = useRegion()
  const options = [...new Set([...regions, region])].map(value => ({ value, label: value }))
  return (
    <FormField label={words.region} description={words.regionText}>
      <Select
        options={options}
        selectedOption={{ value: region, label: region }}
        onChange={({ detail }) => setRegion(detail.selectedOption.value ?? region)}
      />
    </FormField>
  )
}
