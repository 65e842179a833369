import type { Transaction } from '../../store/store.ts'
import type { Entity } from '../entity.ts'
import { catalogArn } from '../identifier.ts'
import { eventTime, namedProduct, tell } from '../market-event.ts'
import { productOfAsset } from './asset.ts'
import type { DriftLevel } from './drift-level.ts'
import { windowMs } from './window.ts'

/** AWS has no such events: the source is ours. */
const source = 'modelmart.marketplace'

interface Told {
  readonly asset: string
  readonly start: number
  readonly levels: Readonly<Record<string, DriftLevel>>
}

/** Columns that differ; an event is told when there are any. */
const drifted = ({ levels }: Told) =>
  Object.entries(levels)
    .filter(([, level]) => level !== 'NONE')
    .map(([name, level]) => ({ name, level }))

async function detailOf({ db }: Pick<Transaction, 'db'>, told: Told) {
  const { productId = '', fulfillmentOptionId } = (await productOfAsset(db, told.asset)) ?? {}
  return {
    ...{ product: await namedProduct(db, productId), fulfillmentOptionId, columns: drifted(told) },
    ...{ startsAt: eventTime(told.start), endsAt: eventTime(told.start + windowMs) },
  }
}

/** Their own, by exact levels. */
export async function tellBuyer(
  tx: Transaction,
  told: Told & { readonly endpoint: string; readonly variant: string; readonly account: string },
): Promise<void> {
  if (drifted(told).length === 0) return
  await tell(tx, told.account, {
    ...{ source, detailType: 'Input Drift Found - Buyer', resource: told.endpoint },
    detail: async db => ({ ...(await detailOf({ db }, told)), variantName: told.variant }),
  })
}

export async function tellSeller(
  tx: Transaction,
  { id, account }: Entity,
  told: Told & { readonly accounts: number },
): Promise<void> {
  if (drifted(told).length === 0) return
  await tell(tx, account, {
    ...{ source, detailType: 'Input Drift Found - Seller' },
    resource: catalogArn(account, 'MachineLearningProduct', id),
    detail: async db => ({ ...(await detailOf({ db }, told)), accounts: told.accounts }),
  })
}
