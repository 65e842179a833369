import { turns } from '../../ground/turns.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Context } from '../../service/context.ts'
import type { Db } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { fewest } from '../billing/funnel.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { findEntity } from '../entity.ts'
import { isProduct } from '../product.ts'
import { productOfAsset } from './asset.ts'
import { tellSeller } from './drift-event.ts'
import { columnsOf } from './input-watch.ts'
import { createTally, type Votes } from './vote-tally.ts'
import { windowMs } from './window.ts'

export const driftKind = 'input-drift'
export const driftKey = (asset: string, start: number): string => `${asset} ${start}`

/** Tells a seller of a day of a version, once: who takes part later, or takes back what was theirs, changes nothing that was told. */
export const inputDriftReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async key => {
    const [asset = '', day = ''] = key.split(' ')
    const start = Number(day)
    const { productId } = (await productOfAsset(store.db, asset)) ?? {}
    const product = productId === undefined ? undefined : await findEntity(store, productId)
    if (!product) return
    const { windows, told } = await countVotes(store.db, asset, start, product.account)
    const isTold = await store.transaction(async tx => {
      // What somebody took back meanwhile is not told.
      if ((await windowsOf(tx.db, asset, start)) !== windows) return false
      const saved = await tx.db
        .insertInto('market_input_drift')
        .values({ asset, start, accounts: told.accounts, levels: JSON.stringify(told.levels) })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      if (Number(saved.numInsertedOrUpdatedRows) > 0) await tellSeller(tx, product, { asset, start, ...told })
      return true
    })
    return isTold ? undefined : { after: 0 }
  }

const comparedOn = (db: Db, asset: string, start: number) =>
  db
    .selectFrom('market_input_window')
    .where('asset', '=', asset)
    .where('start', '=', start)
    .where('status', '=', 'COMPARED')

async function windowsOf(db: Db, asset: string, start: number): Promise<number> {
  const { windows } = await comparedOn(db, asset, start)
    .select(eb => eb.fn.countAll().as('windows'))
    .executeTakeFirstOrThrow()
  return Number(windows)
}

const windowsATurn = 200

/** Of each account but the seller's own one vote a column: the highest of its variants'. */
async function countVotes(db: Db, asset: string, start: number, seller: string) {
  const tally = createTally()
  let windows = 0
  let after: [account: string, endpoint: string, variant: string] = ['', '', '']
  for (;;) {
    const page = await comparedOn(db, asset, start)
      .select(['account', 'endpoint', 'variant', 'votes'])
      .where(eb => eb(eb.refTuple('account', 'endpoint', 'variant'), '>', eb.tuple(...after)))
      .orderBy('account')
      .orderBy('endpoint')
      .orderBy('variant')
      .limit(windowsATurn)
      .execute()
    for (const { account, votes } of page) if (account !== seller) tally.add(account, JSON.parse(votes) as Votes)
    windows += page.length
    const last = page.at(-1)
    if (!last || page.length < windowsATurn) return { windows, told: tally.told() }
    after = [last.account, last.endpoint, last.variant]
    await turns.takeAgain(asset)
  }
}

const mostWindows = 30

/** What a seller learns of a version, newest first; days of which nothing is told are left out. */
export async function getInputDrift(
  { productId, fulfillmentOptionId }: { readonly productId: string; readonly fulfillmentOptionId: string },
  ctx: Context,
) {
  const product = await findEntity(ctx.store, productId)
  const version =
    isProduct(product) && product.account === ctx.account
      ? product.document.versions.find(({ deliveryOptionId }) => deliveryOptionId === fulfillmentOptionId)
      : undefined
  if (!version) throw notFound(`Version ${fulfillmentOptionId} of product ${productId}`)
  const rows = await ctx.store.db
    .selectFrom('market_input_drift')
    .selectAll()
    .where('asset', '=', version.assetArn)
    .orderBy('start', 'desc')
    .limit(mostWindows)
    .execute()
  const windows = rows
    .filter(({ accounts }) => accounts >= fewest)
    .map(({ start, accounts, levels }) => ({
      ...{ startsAt: new Date(Number(start)), endsAt: new Date(Number(start) + windowMs), accounts },
      columns: columnsOf(levels),
    }))
  return { productId, fulfillmentOptionId, windows }
}
