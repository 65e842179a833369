import type { Kysely } from 'kysely'
import type { CountBatch, InferenceCount } from '../../service/market.ts'
import type { Database } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { requests } from '../dimension.ts'
import { cutsOf } from './bill.ts'
import { addInferences } from './month-sum.ts'
import { pricingOf } from './statement.ts'
import { chargedAgreement } from './usage.ts'

const hour = 3_600_000

/**
 * Inferences were answered with 2xx. They are summed as they come: a fact is what a resource answered in an hour, or in the part of it
 * that has one price; beside the facts stand their sums by month, so that a bill reads no more of the past than a row a month. Returns
 * why counts were not taken.
 */
export async function inferencesCounted(
  tx: Transaction,
  batch: CountBatch,
  counts: readonly InferenceCount[],
): Promise<string[]> {
  const fresh = await isFresh(tx, batch)
  const refused: string[] = []
  for (const count of counts) {
    const agreement = await chargedAgreement(tx, count, count.time)
    if (!agreement)
      refused.push(`${count.units} inferences of ${count.resourceArn}: no agreement on ${count.productArn}`)
    else if (fresh) await addFact(tx.db, agreement, count)
  }
  return refused
}

async function isFresh({ db }: Transaction, { journal, number }: CountBatch): Promise<boolean> {
  const known = await db
    .selectFrom('market_journal')
    .select('counted')
    .where('journal', '=', journal)
    .executeTakeFirst()
  if (known && known.counted >= number) return false
  await db
    .insertInto('market_journal')
    .values({ journal, counted: number })
    .onConflict(conflict => conflict.column('journal').doUpdateSet({ counted: number }))
    .execute()
  return true
}

/** Sums are text, since no column holds every whole number: read, added and written again within the transaction. */
async function addFact(db: Kysely<Database>, agreement: Agreement, count: InferenceCount): Promise<void> {
  const { account, region, productArn: product_arn, resourceArn: resource_arn, units, time } = count
  const { product } = agreement
  const at = await stretchOf(db, agreement, time)
  const fact = await db
    .selectFrom('market_inference_fact')
    .select('units')
    .where('account', '=', account)
    .where('product', '=', product)
    .where('at', '=', at)
    .where('resource_arn', '=', resource_arn)
    .where('product_arn', '=', product_arn)
    .executeTakeFirst()
  const sum = String(BigInt(fact?.units ?? 0) + units)
  await db
    .insertInto('market_inference_fact')
    .values({ account, product, at, resource_arn, product_arn, region, units: sum })
    .onConflict(conflict =>
      conflict.columns(['account', 'product', 'at', 'resource_arn', 'product_arn']).doUpdateSet({ units: sum }),
    )
    .execute()
  await addInferences(db, account, product, time, units)
}

/** The beginning of the hour that holds a time, or of the part of it that is priced alike. */
async function stretchOf(db: Kysely<Database>, agreement: Agreement, time: number): Promise<number> {
  const cuts = [...cutsOf(await pricingOf(db, agreement), requests), agreement.covers_from]
  return Math.max(time - (time % hour), ...cuts.filter(cut => cut <= time))
}
