import type { Change } from '@aws-sdk/client-marketplace-catalog'
import { type Difference, deliveryDifferences, informationDifferences, offerDifferences } from './listing-difference.ts'
import type { Details, ListingDocument } from './listing-document.ts'
import type { LiveListing } from './live-listing.ts'

/** What was certified to be sold, and who may copy it from there. */
export interface Asset {
  readonly type: 'Algorithm' | 'ModelPackage'
  readonly arn: string
  readonly role: string
}

/** Addresses that the listing shows. */
export interface Links {
  readonly LogoUrl: string
  readonly SampleNotebookUrl: string
  readonly RepositoryUrl: string
}

/** What is to be sent to StartChangeSet, and why. */
export interface ListingChanges {
  readonly changes: readonly Change[]
  readonly differences: readonly Difference[]
}

const types = { product: 'MachineLearningProduct@1.0', offer: 'Offer@1.0' }
const pay = { Name: 'Pay as you go', Description: 'By what is used' }

const change = (of: keyof typeof types, ChangeType: string, id: string | undefined, details: Details): Change => ({
  // Two entities have change types of the same name.
  ChangeName: `${of}-${ChangeType}`,
  ChangeType,
  Entity: { Type: types[of], ...(id && { Identifier: id }) },
  Details: JSON.stringify(details),
})

function addition({ version, delivery }: ListingDocument, { type, arn, role }: Asset, links: Links): Details {
  const { LogoUrl: _, ...addresses } = links
  const details = { [`SageMaker${type}Arn`]: arn, AccessRoleArn: role, ...delivery, ...addresses }
  return { Version: version, DeliveryOptions: [{ Details: { [`SageMaker${type}DeliveryOptionDetails`]: details } }] }
}

/** Everything that a product without a listing needs, but for its visibility. */
export function newListing(document: ListingDocument, asset: Asset, links: Links, account: string): ListingChanges {
  const product = '$product-CreateProduct.Entity.Identifier'
  const information = { ...document.information, LogoUrl: links.LogoUrl }
  const changes = [
    change('product', 'CreateProduct', undefined, { ProductTitle: document.title }),
    change('product', 'UpdateInformation', product, information),
    change('product', 'AddDeliveryOptions', product, addition(document, asset, links)),
    change('product', 'UpdateTargeting', product, { PositiveTargeting: { BuyerAccounts: [account] } }),
    change('product', 'ReleaseProduct', product, {}),
    ...newOffer(document, product),
  ]
  return { changes, differences: [{ what: 'the product', live: undefined, wanted: document.title }] }
}

function newOffer({ offer }: ListingDocument, ProductId: string): Change[] {
  const id = '$offer-CreateOffer.Entity.Identifier'
  return [
    change('offer', 'CreateOffer', undefined, { ProductId }),
    change('offer', 'UpdateInformation', id, pay),
    change('offer', 'UpdatePricingTerms', id, offer.PricingTerms),
    change('offer', 'UpdateLegalTerms', id, offer.LegalTerms),
    change('offer', 'UpdateSupportTerms', id, offer.SupportTerms),
    change('offer', 'ReleaseOffer', id, {}),
  ]
}

/** A free private offer of a released product, for one account, until a day (`YYYY-MM-DD`): to try a listing as its buyers will. */
export function testOffer({ offer }: ListingDocument, ProductId: string, buyer: string, until: string): Change[] {
  const id = '$offer-CreateOffer.Entity.Identifier'
  return [
    change('offer', 'CreateOffer', undefined, { ProductId }),
    change('offer', 'UpdateInformation', id, { Name: 'Test of the notebook', Description: 'Free, for one test' }),
    change('offer', 'UpdateTargeting', id, { PositiveTargeting: { BuyerAccounts: [buyer] } }),
    change('offer', 'UpdateAvailability', id, { AvailabilityEndDate: until }),
    change('offer', 'UpdateValidityTerms', id, { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P1D' }] }),
    change('offer', 'UpdatePricingTerms', id, { PricingModel: 'Free', Terms: [] }),
    change('offer', 'UpdateLegalTerms', id, offer.LegalTerms),
    change('offer', 'UpdateSupportTerms', id, offer.SupportTerms),
    change('offer', 'ReleaseOffer', id, {}),
  ]
}

/** What brings a listing to what the folder says; `asset` is there for a version that is not live. */
export function listingChanges(
  document: ListingDocument,
  { product, offer }: LiveListing,
  asset: Asset | undefined,
  links: Links,
): ListingChanges {
  const information = informationDifferences({ ...document.information, LogoUrl: links.LogoUrl }, product.document)
  const version = liveVersion(document, product.document)
  const delivery = version ? versionDifferences(document, version, links) : []
  const terms = offer ? offerDifferences(document.offer, offer.document) : []
  const changed = new Set(terms.map(({ what }) => what.split('.')[1] as string))
  const changes = [
    ...(information.length > 0 ? [change('product', 'UpdateInformation', product.id, members(information))] : []),
    ...(asset ? [change('product', 'AddDeliveryOptions', product.id, addition(document, asset, links))] : []),
    ...(version && delivery.length > 0 ? [updated(product.id, version, delivery)] : []),
    ...(offer ? [...changed].map(name => termChange(document, name, offer.id)) : newOffer(document, product.id)),
  ]
  const differences = [
    ...information,
    ...(version ? [] : [{ what: 'a version', live: undefined, wanted: document.version.VersionTitle }]),
    ...delivery,
    ...(offer ? terms : [{ what: 'an offer', live: undefined, wanted: pay.Name }]),
  ]
  return { changes, differences }
}

/** The version of the folder's title; undefined when it is not live. */
export const liveVersion = ({ version }: ListingDocument, live: Details): Details =>
  live.Versions.find(({ VersionTitle }: Details) => VersionTitle === version.VersionTitle)

const termChange = ({ offer }: ListingDocument, name: string, id: string): Change =>
  change('offer', `Update${name}`, id, offer[name as keyof typeof offer])

const versionDifferences = ({ version, delivery }: ListingDocument, live: Details, links: Links): Difference[] => {
  const { LogoUrl: _, ...addresses } = links
  const notes = { what: 'Version.ReleaseNotes', live: live.ReleaseNotes, wanted: version.ReleaseNotes }
  return [...(notes.live === notes.wanted ? [] : [notes]), ...deliveryDifferences({ ...delivery, ...addresses }, live)]
}

function updated(product: string, { DeliveryOptions: [{ Id, Type }] }: Details, given: readonly Difference[]): Change {
  const notes = given.find(({ what }) => what === 'Version.ReleaseNotes')
  const details = members(given.filter(one => one !== notes))
  return change('product', 'UpdateDeliveryOptions', product, {
    ...(notes && { Version: { ReleaseNotes: notes.wanted } }),
    DeliveryOptions: [{ Id, Details: { [`${Type}DeliveryOptionDetails`]: details } }],
  })
}

const members = (differences: readonly Difference[]): Details =>
  Object.fromEntries(differences.map(({ what, wanted }) => [what.split('.')[1], wanted]))

/** Shows a released product to everybody. */
export const publication = (product: string): Change[] => [
  change('product', 'UpdateVisibility', product, { TargetVisibility: 'Public' }),
]

/** Nobody can buy the product any more. */
export const withdrawal = (product: string): Change[] => [
  change('product', 'UpdateVisibility', product, { TargetVisibility: 'Restricted' }),
]
