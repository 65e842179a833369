import { never } from '../store/schema/market-columns.ts'
import { ChangeRefused } from './catalog/change-refused.ts'
import { checkPricing } from './catalog/offer-pricing.ts'
import { checkPaymentSchedule, checkRenewal, checkValidity } from './catalog/private-terms.ts'
import { countries } from './country.ts'
import { dimensionKey } from './dimension.ts'
import { isPrivate, type Offer, type OfferDocument, type PricingModel } from './offer-document.ts'
import type { Product } from './product.ts'
import { endOfDay, findTerm, price, pricingTypes, type Term } from './term.ts'
export const newOffer = (id: string, account: string, product: string, now: number): Offer => ({
  id,
  kind: 'Offer',
  account,
  revision: 0,
  name: '',
  state: 'Draft',
  product,
  created: now,
  modified: now,
  released: 0,
  ends: never,
  policy: '',
  document: { description: '', terms: [], buyerAccounts: [], proposal: '' },
})

const changed = (offer: Offer, document: Partial<OfferDocument>): Offer => ({
  ...offer,
  document: { ...offer.document, ...document },
})

interface ChangeContext {
  readonly now: number
}

// biome-ignore lint/suspicious/noExplicitAny: details were checked against the shape of their change type when the set was started
type Details = any

type OfferChange = (offer: Offer, details: Details, context: ChangeContext) => Offer

/** What each change type does to an offer. Throws ChangeRefused. */
export const offerChanges: Readonly<Record<string, OfferChange>> = {
  CreateOffer: (offer, { Name = '', OfferSetId }) => ({
    ...changed(offer, { ...(OfferSetId && { offerSet: OfferSetId }) }),
    name: Name,
  }),
  UpdateInformation: (offer, { Name = offer.name, Description = offer.document.description }) => ({
    ...changed(offer, { description: Description }),
    name: Name,
  }),
  UpdatePricingTerms: updatePricingTerms,
  UpdateLegalTerms: (offer, details) => withTerms(draft(offer), ['LegalTerm'], details.Terms),
  UpdateSupportTerms: (offer, details) => withTerms(offer, ['SupportTerm'], details.Terms),
  UpdateValidityTerms: (offer, details) => withTerms(offer, ['ValidityTerm'], details.Terms),
  UpdatePaymentScheduleTerms: (offer, details) => withTerms(draft(offer), ['PaymentScheduleTerm'], details.Terms),
  UpdateRenewalTerms: (offer, details) => withTerms(draft(offer), ['RenewalTerm'], details.Terms),
  UpdateNetPaymentTerms: (offer, details) => withTerms(draft(offer), ['NetPaymentTerm'], details.Terms),
  UpdateTargeting: updateTargeting,
  UpdateAvailability: (offer, { AvailabilityEndDate }) => ({ ...offer, ends: lastMillisecond(AvailabilityEndDate) }),
  ReleaseOffer: release,
}

function draft(offer: Offer): Offer {
  if (offer.state === 'Draft') return offer
  throw new ChangeRefused('INCOMPATIBLE_TERMS', "The requested change can't be performed after the offer is released.")
}

const mostBuyers = 26

/** Accounts make an offer private; countries alone make a public one for those countries (API Reference, "Update targeting"). */
function updateTargeting(
  offer: Offer,
  { PositiveTargeting: positive = {}, NegativeTargeting: negative = {} }: Details,
): Offer {
  const { BuyerAccounts: buyerAccounts = [], CountryCodes: included } = positive
  const { CountryCodes: excluded } = negative
  const codes: readonly string[] | undefined = included ?? excluded
  if (!codes && buyerAccounts.length === 0)
    throw new ChangeRefused('INVALID_TARGETING', 'Provide BuyerAccounts or CountryCodes.')
  if (included && excluded)
    throw new ChangeRefused(
      'INCOMPATIBLE_TARGETING',
      'Provide CountryCodes in PositiveTargeting or in NegativeTargeting, not in both.',
    )
  if (buyerAccounts.length > mostBuyers)
    throw new ChangeRefused('TOO_MANY_BUYER_ACCOUNTS', `Provide up to ${mostBuyers} BuyerAccounts.`)
  const unknown = codes?.filter(code => !countries.has(code)) ?? []
  if (unknown.length > 0)
    throw new ChangeRefused('INVALID_COUNTRY_CODES', `No ISO 3166-1 alpha-2 codes: ${unknown.join(', ')}.`)
  const { countries: _, ...document } = draft(offer).document
  const where = codes && { countries: { isPositive: included !== undefined, codes } }
  return { ...offer, document: { ...document, buyerAccounts, ...where } }
}

function lastMillisecond(date: string): number {
  const time = endOfDay(date)
  if (Number.isNaN(time))
    throw new ChangeRefused('INVALID_AVAILABILITY_END_DATE', `${date} is not a date of the calendar.`)
  return time
}

const withTerms = (offer: Offer, types: readonly string[], terms: readonly Term[]): Offer =>
  changed(offer, { terms: [...offer.document.terms.filter(term => !types.includes(term.Type)), ...terms] })

function updatePricingTerms(offer: Offer, details: Details, { now }: ChangeContext): Offer {
  const terms: Term[] = details.Terms.map(normalised)
  const duplicate = terms.find((term, at) => terms.findIndex(other => other.Type === term.Type) !== at)
  if (duplicate) throw new ChangeRefused('DUPLICATE_TERM_TYPES', `Provide ${duplicate.Type} once.`)
  if (offer.state === 'Released') checkReleasedChange(offer, details.PricingModel, now)
  return changed(withTerms(offer, pricingTypes, terms), { pricingModel: details.PricingModel })
}

/** Buyers of a private offer have its terms in hand: only the public offer's prices move. */
function checkReleasedChange(offer: Offer, model: PricingModel, now: number): void {
  if (isPrivate(offer)) draft(offer)
  if (model !== offer.document.pricingModel)
    throw new ChangeRefused(
      'INCOMPATIBLE_PRICING_MODEL',
      `PricingModel can't change from ${offer.document.pricingModel} to ${model}.`,
    )
  if (offer.ends < now) throw new ChangeRefused('INCOMPATIBLE_TERMS', 'The offer is expired.')
}

function normalised(term: Details): Term {
  const rate = (item: Details) => ({ DimensionKey: dimensionKey(item.DimensionKey), Price: price(item.Price) })
  const grant = (item: Details) => ({ ...item, DimensionKey: dimensionKey(item.DimensionKey) })
  return {
    ...term,
    ...(term.Price !== undefined && { Price: price(term.Price) }),
    ...(term.RateCards && { RateCards: [{ RateCard: term.RateCards[0].RateCard.map(rate) }] }),
    ...(term.Grants && { Grants: term.Grants.map(grant) }),
  }
}

function release(offer: Offer, _details: Details, { now }: ChangeContext): Offer {
  if (offer.state === 'Released') throw new ChangeRefused('INVALID_UPDATE_REQUEST', 'The offer is released already.')
  return { ...offer, state: 'Released', released: now }
}

/** What must hold of a released offer when its change set ends, whatever the order of the changes. Throws ChangeRefused. */
export function checkReleased(offer: Offer, product: Product): void {
  const { terms, pricingModel } = offer.document
  if (!offer.name) throw new ChangeRefused('MISSING_NAME', 'Give the offer a Name with UpdateInformation.')
  if (!offer.document.description)
    throw new ChangeRefused('MISSING_DESCRIPTION', 'Give the offer a Description with UpdateInformation.')
  const missing = [
    ...(pricingModel ? [] : ['pricing (UpdatePricingTerms)']),
    ...(findTerm(terms, 'LegalTerm') ? [] : ['LegalTerm (UpdateLegalTerms)']),
    ...(findTerm(terms, 'SupportTerm') ? [] : ['SupportTerm (UpdateSupportTerms)']),
  ]
  if (missing.length > 0) throw new ChangeRefused('MISSING_MANDATORY_TERMS', `Add ${missing.join(', ')} to the offer.`)
  if (product.state === 'Draft')
    throw new ChangeRefused('INCOMPATIBLE_PRODUCT', 'The product is a Draft; release it with ReleaseProduct.')
  if (isPrivate(offer)) checkPrivate(offer)
  else checkPublic(offer)
  checkPricing(offer.document, product)
}

function checkPrivate(offer: Offer): void {
  if (offer.ends === never)
    throw new ChangeRefused('MISSING_AVAILABILITY_END_DATE', 'Provide an AvailabilityEndDate for a private offer.')
  checkValidity(offer)
  checkRenewal(offer)
  checkPaymentSchedule(offer)
}

const unpublished = [
  'NetPaymentTerm',
  'ValidityTerm',
  'RenewalTerm',
  'FixedUpfrontPricingTerm',
  'PaymentScheduleTerm',
] as const

function checkPublic(offer: Offer): void {
  if (offer.ends !== never)
    throw new ChangeRefused('INVALID_AVAILABILITY_END_DATE', "AvailabilityEndDate isn't supported for public offers.")
  for (const type of unpublished)
    if (findTerm(offer.document.terms, type))
      throw new ChangeRefused(
        'INCOMPATIBLE_TERMS',
        `${type} isn't supported for public offers of machine learning products.`,
      )
}

/** DetailsDocument of DescribeEntity for `Offer@1.0`. */
export function describeOffer(offer: Offer) {
  const { description, terms, pricingModel, renewalOf, offerSet } = offer.document
  return {
    Id: offer.id,
    State: offer.state,
    Name: offer.name,
    Description: description,
    ProductId: offer.product,
    PricingModel: pricingModel,
    ...(offerSet && { OfferSetId: offerSet }),
    ...(renewalOf && {
      ...{ CreatedBySource: 'AwsMarketplace', TargetAgreementIntent: 'Renew', TargetAgreementId: renewalOf },
    }),
    Terms: terms,
    Rules: [
      ...targetingRule(offer.document),
      ...(offer.ends < never
        ? [{ Type: 'AvailabilityRule', AvailabilityEndDate: new Date(offer.ends).toISOString() }]
        : []),
    ],
  }
}

function targetingRule({ buyerAccounts, countries: where }: OfferDocument): object[] {
  const positive = {
    ...(buyerAccounts.length > 0 && { BuyerAccounts: buyerAccounts }),
    ...(where?.isPositive && { CountryCodes: where.codes }),
  }
  const rule = {
    ...(Object.keys(positive).length > 0 && { PositiveTargeting: positive }),
    ...(where && !where.isPositive && { NegativeTargeting: { CountryCodes: where.codes } }),
  }
  return Object.keys(rule).length > 0 ? [{ Type: 'TargetingRule', ...rule }] : []
}
