import type { ChangeSetTable } from '../../store/schema/market-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { catalog, catalogArn, isoSeconds } from '../identifier.ts'
import { eventTime, namedProduct, partyOf, tell } from '../market-event.ts'
import { isPrivate, type Offer } from '../offer-document.ts'

const ends: Readonly<Record<string, string>> = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', CANCELLED: 'Cancelled' }

/** AWS Marketplace Seller Guide, "Events for change sets": how one has ended, told to whom it is. */
export async function tellEnd(tx: Transaction, set: Omit<ChangeSetTable, 'document'>): Promise<void> {
  await tell(tx, set.account, {
    ...{ source: 'aws.marketplacecatalog', detailType: `Change Set ${ends[set.status]}` },
    resource: catalogArn(set.account, 'ChangeSet', set.id),
    detail: async () => ({
      ...{ Catalog: catalog, ChangeSetId: set.id, ChangeSetName: set.name },
      ...{ StartTime: isoSeconds(set.started), EndTime: isoSeconds(set.ended) },
      ...(set.failure_code && { FailureCode: set.failure_code }),
    }),
  })
}

/** "Events for new offers": told to the seller; a private one to those who may accept it. */
export async function tellReleased(tx: Transaction, offer: Offer): Promise<void> {
  const { buyerAccounts } = offer.document
  const expirationDate = eventTime(offer.ends)
  await tell(tx, offer.account, {
    ...{ source: 'aws.marketplacecatalog', detailType: 'Offer Released' },
    resource: catalogArn(offer.account, 'Offer', offer.id),
    detail: async db => {
      const party = await partyOf(db, offer.account)
      return {
        offer: { id: offer.id, arn: catalogArn(offer.account, 'Offer', offer.id), name: offer.name, expirationDate },
        product: {
          ...(await namedProduct(db, offer.product)),
          arn: catalogArn(offer.account, 'MachineLearningProduct', offer.product),
        },
        ...{ manufacturer: party, sellerOfRecord: party },
        ...(isPrivate(offer) && { targetedBuyerAccountIds: buyerAccounts }),
      }
    },
  })
  for (const buyer of buyerAccounts)
    await tell(tx, buyer, {
      ...{ source: 'aws.discovery-marketplace', detailType: 'Private Offer Available' },
      resource: catalogArn(buyer, 'Offer', offer.id),
      detail: async db => ({
        offer: { id: offer.id, name: offer.name, publishDate: eventTime(offer.released), expirationDate },
        product: await namedProduct(db, offer.product),
        sellerOfRecord: { name: (await partyOf(db, offer.account)).name },
      }),
    })
}
