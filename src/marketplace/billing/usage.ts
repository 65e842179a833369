import { ValidationException } from '../../ground/errors.ts'
import type { UsageSubject } from '../../service/market.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Transaction } from '../../store/store.ts'
import { type Agreement, agreementOf } from '../agreement/agreement.ts'
import { monthAfter } from './billing-month.ts'
import { addRun } from './month-sum.ts'

/** What SageMaker answers whoever uses a product without an agreement. */
export const notSubscribed = (): ValidationException =>
  new ValidationException('Caller is not subscribed to the marketplace offering.')

/**
 * The agreement that pays for a fact; undefined when the account never had one. Facts outlive agreements: what runs after a cancellation
 * is charged, so that the agreement whose usage it is, if it has ended, is woken to invoice it.
 */
export async function chargedAgreement(
  tx: Transaction,
  { account, productArn }: UsageSubject,
  time: number,
): Promise<Agreement | undefined> {
  const row = await tx.db
    .selectFrom('market_asset')
    .innerJoin('market_agreement', 'market_agreement.product', 'market_asset.product')
    .selectAll('market_agreement')
    .where('market_asset.arn', '=', productArn)
    .where('market_agreement.acceptor', '=', account)
    .where('market_agreement.covers_from', '<=', time)
    .orderBy('market_agreement.covers_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row && row.status !== 'ACTIVE') await tx.enqueue('agreement', row.id, new Date(monthAfter(time)))
  return row && agreementOf(row)
}

/**
 * Instances begin to run. While they run, or with the same beginning, a repetition changes nothing. The key is resource, product and
 * dimension: a resource that runs several groups of one dimension tells them together, or under ARNs of their own.
 */
export async function usageStarted(
  tx: Transaction,
  subject: UsageSubject,
  dimension: string,
  instances: number,
  at: Date,
): Promise<void> {
  const agreement = await chargedAgreement(tx, subject, at.getTime())
  if (!agreement) throw notSubscribed()
  const { product } = agreement
  const { account, region, productArn: product_arn, resourceArn: resource_arn } = subject
  const running = await tx.db
    .selectFrom('market_running')
    .select('started')
    .where('resource_arn', '=', resource_arn)
    .where('product_arn', '=', product_arn)
    .where('dimension', '=', dimension)
    .where('stopped', '=', never)
    .executeTakeFirst()
  if (running) return
  const times = { started: at.getTime(), stopped: never }
  await tx.db
    .insertInto('market_running')
    .values({ resource_arn, product_arn, dimension, ...times, instances, account, product, region })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/**
 * Everything of the resource stops, a moment after it started at the least, whatever the clocks say. A repetition changes nothing. What ran is added to the
 * sums of its months, from which bills are made.
 */
export async function usageStopped({ db }: Transaction, resourceArn: string, at: Date): Promise<void> {
  const running = await db
    .selectFrom('market_running')
    .selectAll()
    .where('resource_arn', '=', resourceArn)
    .where('stopped', '=', never)
    .execute()
  for (const run of running) {
    const { product_arn, dimension, started } = run
    // Clusters tell seconds, and an engine tells of a program that is quick that it began after its end: what has run has begun a minute all the same.
    const stopped = Math.max(started + 1, at.getTime())
    await db
      .updateTable('market_running')
      .set({ stopped })
      .where('resource_arn', '=', resourceArn)
      .where('product_arn', '=', product_arn)
      .where('dimension', '=', dimension)
      .where('started', '=', started)
      .execute()
    await addRun(db, { ...run, stopped })
  }
}
