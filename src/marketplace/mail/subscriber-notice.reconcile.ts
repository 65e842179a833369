import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Db } from '../../store/database.ts'
import type { NoticeTable } from '../../store/schema/market-agreement-tables.ts'
import type { Store } from '../../store/store.ts'
import { mailTo } from './mail-to.ts'

/** As many subscribers as are written to by one commit. */
const mostAtOnce = 100

/** Writes to the subscribers of a product, a page of them at a time. A key is a notice. */
export const subscriberNoticeReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async id => {
    const isOver = await store.transaction(async tx => {
      const notice = await tx.db.selectFrom('market_notice').selectAll().where('id', '=', id).executeTakeFirst()
      if (!notice) return true
      const agreements = await nextOf(tx.db, notice)
      const facts = JSON.parse(notice.facts)
      for (const { id: agreement, acceptor, offer } of agreements)
        if (notice.offer === '' || notice.offer === offer)
          await mailTo(tx, acceptor, notice.letter, async () => ({ ...facts, agreement: { id: agreement } }))
      const last = agreements.at(-1)
      if (last && agreements.length === mostAtOnce) {
        const place = { after_accepted: last.accepted, after_id: last.id }
        await tx.db.updateTable('market_notice').set(place).where('id', '=', id).execute()
        return false
      }
      await tx.db.deleteFrom('market_notice').where('id', '=', id).execute()
      return true
    })
    return isOver ? undefined : { after: 0 }
  }

const nextOf = (db: Db, { product, at, after_accepted, after_id }: NoticeTable) =>
  db
    .selectFrom('market_agreement')
    .select(['id', 'acceptor', 'offer', 'accepted'])
    .where('product', '=', product)
    .where('status', '=', 'ACTIVE')
    .where(eb => eb(eb.refTuple('accepted', 'id'), '>', eb.tuple(Number(after_accepted), after_id)))
    .where('accepted', '<=', at)
    .orderBy('accepted')
    .orderBy('id')
    .limit(mostAtOnce)
    .execute()
