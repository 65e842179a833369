import type { ProductRequestTable } from '../../store/schema/market-procurement-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { findEntity } from '../entity.ts'
import { catalogArn } from '../identifier.ts'
import { eventTime, namedProduct, partyOf, tell } from '../market-event.ts'
import { requestLasts } from './request-time.ts'

const names: Readonly<Record<string, string>> = {
  PENDING: 'Created',
  APPROVED: 'Approved',
  DECLINED: 'Declined',
  CANCELLED: 'Cancelled',
  EXPIRED: 'Expired',
}

/** AWS Marketplace Buyer Guide, "Events for private marketplaces": told to the administrator and to whose user has asked. */
export async function tellRequest(tx: Transaction, row: ProductRequestTable): Promise<void> {
  for (const account of new Set([row.administrator, row.account]))
    await tell(tx, account, {
      ...{ source: 'aws.private-marketplace', detailType: `Product Request ${names[row.status]}` },
      resource: catalogArn(row.administrator, 'Experience', row.experience),
      detail: async db => {
        const seller = (await findEntity({ db }, row.product))?.account ?? ''
        return {
          schemaVersion: '1.0',
          product: {
            ...(await namedProduct(db, row.product)),
            arn: catalogArn(seller, 'MachineLearningProduct', row.product),
          },
          manufacturer: { name: (await partyOf(db, seller)).name },
          ...{ experienceId: row.experience, productProcurementRequestId: row.id, requesterArn: row.requester },
          ...datesOf(row),
        }
      },
    })
}

function datesOf({ status, created, updated, note }: ProductRequestTable) {
  const at = eventTime(updated)
  if (status === 'APPROVED') return { approvedDate: at }
  if (status === 'DECLINED') return { declinedDate: at, ...(note && { declinedCause: note }) }
  if (status === 'CANCELLED') return { cancelledDate: at }
  return { expirationDate: eventTime(created + requestLasts) }
}
