import { never } from '../store/schema/market-columns.ts'
import { ChangeRefused } from './catalog/change-refused.ts'
import { isExpired } from './discovery/visibility.ts'
import type { Entity } from './entity.ts'
import { isoSeconds } from './identifier.ts'
import { isPrivate, type Offer, type OfferSet, type OfferSetDocument } from './offer-document.ts'

export const newOfferSet = (id: string, account: string, now: number): OfferSet => ({
  ...{ id, kind: 'OfferSet', account, revision: 0, name: '', state: 'Draft', product: '' },
  ...{ created: now, modified: now, released: 0, ends: never, policy: '' },
  document: { buyerNotes: '', offers: [], buyerAccounts: [] },
})

// biome-ignore lint/suspicious/noExplicitAny: details were checked against the shape of their change type when the set was started
type Details = any

interface ChangeContext {
  readonly now: number
  offer(id: string): Promise<Offer | undefined>
}

type OfferSetChange = (set: OfferSet, details: Details, context: ChangeContext) => OfferSet | Promise<OfferSet>

/** What each change type does to an offer set (AWS Marketplace Developer Guide, "Work with offer sets"). Throws ChangeRefused. */
export const offerSetChanges: Readonly<Record<string, OfferSetChange>> = {
  CreateOfferSet: (set, { Name }) => ({ ...set, name: Name }),
  UpdateInformation: updateInformation,
  AssociateOffers: associate,
  DisassociateOffers: (set, details) => {
    const gone = idsOf(details)
    return changed(
      draft(set),
      set.document.offers.filter(id => !gone.includes(id)),
    )
  },
  ReleaseOfferSet: release,
}

const idsOf = ({ Offers }: Details): string[] => Offers.map(({ OfferId }: Details) => OfferId)

const changed = (set: OfferSet, offers: readonly string[], more: Partial<OfferSetDocument> = {}): OfferSet => ({
  ...set,
  document: { ...set.document, ...more, offers },
})

function draft(set: OfferSet): OfferSet {
  if (set.state === 'Draft') return set
  throw new ChangeRefused(
    'INVALID_UPDATE_REQUEST',
    "The requested change can't be performed after the offer set released.",
  )
}

function updateInformation(set: OfferSet, { Name, BuyerNotes }: Details): OfferSet {
  if (Name === undefined && BuyerNotes === undefined)
    throw new ChangeRefused('MISSING_DATA', 'Provide Name or BuyerNotes.')
  const { buyerNotes, offers } = set.document
  return { ...changed(set, offers, { buyerNotes: BuyerNotes ?? buyerNotes }), name: Name ?? set.name }
}

const [fewestOffers, mostOffers] = [2, 7]

async function associate(set: OfferSet, details: Details, { offer }: ChangeContext): Promise<OfferSet> {
  const offers = [...new Set([...draft(set).document.offers, ...idsOf(details)])]
  if (offers.length > mostOffers)
    throw new ChangeRefused('TOO_MANY_OFFERS', `Associate up to ${mostOffers} offers to the offer set.`)
  for (const id of offers)
    if ((await offer(id))?.document.offerSet !== set.id)
      throw new ChangeRefused(
        'INCOMPATIBLE_OFFER_SET_REFERENCE',
        `Ensure all offers were created specifically for this offer set; ${id} was not.`,
      )
  return changed(set, offers)
}

/** Why offers cannot be sold together; each with AWS's code, the first that holds is told. */
const faults: readonly (readonly [string, string, (offers: readonly Offer[], now: number) => boolean])[] = [
  [
    'MISSING_OFFERS',
    'Associate at least two offers to the offer set before releasing it.',
    offers => offers.length < fewestOffers,
  ],
  [
    'DRAFT_OFFERS',
    'Release all associated offers before releasing the offer set.',
    offers => offers.some(({ state }) => state !== 'Released'),
  ],
  [
    'EXPIRED_OFFERS',
    'Disassociate expired offers from the offer set or extend their AvailabilityEndDates.',
    (offers, now) => offers.some(offer => isExpired(offer, now)),
  ],
  [
    'TOO_MANY_OFFERS_PER_PRODUCT',
    'Associate only one offer per product to the offer set.',
    offers => new Set(offers.map(({ product }) => product)).size < offers.length,
  ],
  [
    'INCOMPATIBLE_OFFER_TARGETING_RULE',
    'Only buyer-targeted offers can be associated to an offer set.',
    offers => !offers.every(isPrivate),
  ],
  [
    'INCONSISTENT_OFFER_TARGETING_RULE',
    'Ensure all associated offers have matching TargetingRule.',
    offers => new Set(offers.map(targetingRule)).size > 1,
  ],
  [
    'INCONSISTENT_OFFER_AVAILABILITY_END_DATE',
    'Ensure all associated offers have matching AvailabilityEndDate.',
    offers => new Set(offers.map(({ ends }) => ends)).size > 1,
  ],
]

const targetingRule = ({ document: { buyerAccounts, countries } }: Offer): string =>
  JSON.stringify([[...buyerAccounts].sort(), countries && [countries.isPositive, [...countries.codes].sort()]])

async function release(set: OfferSet, _details: Details, { now, offer }: ChangeContext): Promise<OfferSet> {
  const { buyerNotes, offers } = draft(set).document
  if (!buyerNotes) throw new ChangeRefused('MISSING_BUYER_NOTES', 'Provide BuyerNotes before releasing the offer set.')
  const found = (await Promise.all(offers.map(offer))).filter(each => each !== undefined)
  const fault = faults.find(([, , holds]) => holds(found, now))
  if (fault) throw new ChangeRefused(fault[0], fault[1])
  const buyerAccounts = found[0]?.document.buyerAccounts ?? []
  return { ...changed(set, offers, { buyerAccounts }), state: 'Released', released: now }
}

/** DetailsDocument of DescribeEntity for `OfferSet@1.0`. */
export const describeOfferSet = ({ id, name, state, released, document }: OfferSet) => ({
  ...{ Id: id, Name: name, State: state },
  ...(document.buyerNotes && { BuyerNotes: document.buyerNotes }),
  ...(released > 0 && { ReleaseDate: isoSeconds(released) }),
  AssociatedOffers: document.offers.map(OfferId => ({ OfferId })),
})

export const isOfferSet = (entity: Entity | undefined): entity is OfferSet => entity?.kind === 'OfferSet'
