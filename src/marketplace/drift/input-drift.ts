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
import { commonLevel, type DriftLevel, higher } from './drift-level.ts'
import { columnsOf } from './input-watch.ts'
import { windowMs } from './window.ts'

export const driftKind = 'input-drift'
export const driftKey = (asset: string, start: number): string => `${asset} ${start}`

type Votes = Readonly<Record<string, DriftLevel>>

/** Tells a seller of a day of a version, once: who takes part later, or takes back what was theirs, changes nothing that was told. */
export const inputDriftReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async key => {
    const [asset = '', day = ''] = key.split(' ')
    const start = Number(day)
    await store.transaction(async tx => {
      const { productId } = (await productOfAsset(tx.db, asset)) ?? {}
      const product = productId === undefined ? undefined : await findEntity(tx, productId)
      if (!product) return
      const told = toldOf(await votesOn(tx.db, asset, start, product.account))
      const saved = await tx.db
        .insertInto('market_input_drift')
        .values({ asset, start, accounts: told.accounts, levels: JSON.stringify(told.levels) })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      if (Number(saved.numInsertedOrUpdatedRows) > 0) await tellSeller(tx, product, { asset, start, ...told })
    })
  }

/** Of each account but the seller's own one vote a column: the highest of its variants'. */
async function votesOn(db: Db, asset: string, start: number, seller: string): Promise<Votes[]> {
  const rows = await db
    .selectFrom('market_input_window')
    .select(['account', 'votes'])
    .where('asset', '=', asset)
    .where('start', '=', start)
    .where('status', '=', 'COMPARED')
    .execute()
  const accounts = new Map<string, Record<string, DriftLevel>>()
  for (const { account, votes } of rows) {
    if (account === seller) continue
    const mine = accounts.get(account) ?? {}
    for (const [name, vote] of Object.entries(JSON.parse(votes) as Votes)) mine[name] = higher(mine[name] ?? vote, vote)
    accounts.set(account, mine)
  }
  return [...accounts.values()]
}

/** Nothing of fewer than five accounts, and of more how many fives there are, and the level that half of them have. */
export function toldOf(votes: readonly Votes[]): { readonly accounts: number; readonly levels: Votes } {
  if (votes.length < fewest) return { accounts: 0, levels: {} }
  const names = Object.keys(votes[0] ?? {})
  const levels = names.map(name => [name, commonLevel(votes.map(vote => vote[name] as DriftLevel))] as const)
  return { accounts: votes.length - (votes.length % fewest), levels: Object.fromEntries(levels) }
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
