import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Store } from '../../store/store.ts'
import { close } from './answer-request.ts'
import { requestLasts } from './request-time.ts'

interface Parts {
  readonly store: Store
  readonly now: () => Date
}

/** Ends a request that nobody has answered in its time. */
export const productRequestReconciler =
  ({ store, now }: Parts): Reconciler =>
  async key => {
    const time = now().getTime()
    return store.transaction(async tx => {
      const query = tx.db.selectFrom('market_product_request').selectAll().where('id', '=', key)
      const row = await query.where('status', '=', 'PENDING').executeTakeFirst()
      if (!row) return undefined
      const left = row.created + requestLasts - time
      if (left > 0) return { after: left }
      await close(tx, row, 'EXPIRED', time)
      return undefined
    })
  }
