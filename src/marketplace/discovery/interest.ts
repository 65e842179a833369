import type { Db } from '../../store/database.ts'
import { createDoubt } from '../../store/doubt.ts'
import type { Store } from '../../store/store.ts'
import { monthOf, monthStart } from '../billing/billing-month.ts'

/** What an account does with a product before it has bought it: it sees it among others, opens its page, looks which versions there are. */
export type InterestStep = 'IMPRESSION' | 'VISIT' | 'CONFIGURATION'

/**
 * Counts what is looked at, in memory, and writes sums now and then: a read of the catalogue costs no write. What was counted since the last
 * time is lost with its server.
 */
export interface Interest {
  note(step: InterestStep, account: string, products: readonly string[]): void
  /** All that was counted until now. What cannot be written stays to be written. */
  write(): Promise<void>
}

/** So many sums are kept in memory; above it new ones are not counted until these are written. */
const mostSums = 20_000
/** A commit has so many. */
const batch = 500

interface Sum {
  readonly product: string
  readonly month: number
  readonly step: InterestStep
  readonly account: string
  times: number
}

export function createInterest(store: Store, now: () => Date): Interest {
  const sums = new Map<string, Sum>()
  const doubt = createDoubt()
  let writing = Promise.resolve()

  function add(sum: Sum): void {
    const { product, month, step, account, times } = sum
    const key = `${product} ${month} ${step} ${account}`
    const known = sums.get(key)
    if (known) known.times += times
    else if (sums.size < mostSums) sums.set(key, { ...sum })
  }

  async function writeSome(): Promise<void> {
    await doubt.settle()
    while (sums.size > 0) {
      const taken = [...sums].slice(0, batch)
      for (const [key] of taken) sums.delete(key)
      const rows = taken.map(([, sum]) => sum)
      try {
        await store.transaction(async tx => {
          for (const row of rows) await addTo(tx.db, row)
        })
      } catch (error) {
        const again = () => rows.forEach(add)
        if (!doubt.isLeftBy(error, again)) again()
        throw error
      }
    }
  }

  return {
    note(step, account, products) {
      const month = monthStart(monthOf(now().getTime()))
      for (const product of products) add({ product, month, step, account, times: 1 })
    },
    write() {
      const next = writing.then(writeSome)
      writing = next.catch(() => {})
      return next
    },
  }
}

const addTo = (db: Db, row: Sum) =>
  db
    .insertInto('market_interest')
    .values({ ...row })
    .onConflict(conflict =>
      conflict
        .columns(['product', 'month', 'step', 'account'])
        .doUpdateSet(eb => ({ times: eb('market_interest.times', '+', row.times) })),
    )
    .execute()

/** What was done in the month that begins at a time, by all but the seller, and by how many accounts. */
export async function interestIn(
  db: Db,
  product: { readonly id: string; readonly account: string },
  month: number,
): Promise<Readonly<Record<InterestStep, { readonly times: number; readonly accounts: number }>>> {
  const rows = await db
    .selectFrom('market_interest')
    .select(['step', 'times', 'account'])
    .where('product', '=', product.id)
    .where('month', '=', month)
    .execute()
  const of = (step: InterestStep) => {
    const some = rows.filter(row => row.step === step && row.account !== product.account)
    return { times: some.reduce((sum, { times }) => sum + Number(times), 0), accounts: some.length }
  }
  return { IMPRESSION: of('IMPRESSION'), VISIT: of('VISIT'), CONFIGURATION: of('CONFIGURATION') }
}
