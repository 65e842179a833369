import { ValidationException } from '../../ground/errors.ts'
import type { UsageSubject } from '../../service/market.ts'
import { never } from '../../store/schema/market-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { monthAfter } from './billing-month.ts'

/** What SageMaker answers whoever uses a product without an agreement. */
export const notSubscribed = (): ValidationException =>
  new ValidationException('Caller is not subscribed to the marketplace offering.')

/**
 * The product that a fact is about. Facts outlive agreements: what runs after a cancellation is charged, so that the agreement whose
 * usage it is, if it has ended, is woken to invoice it. Throws ValidationException when the account never had an agreement.
 */
async function subjectProduct(tx: Transaction, { account, productArn }: UsageSubject, at: Date): Promise<string> {
  const time = at.getTime()
  const agreement = await tx.db
    .selectFrom('market_asset')
    .innerJoin('market_agreement', 'market_agreement.product', 'market_asset.product')
    .select(['market_agreement.id', 'market_agreement.status', 'market_agreement.product'])
    .where('market_asset.arn', '=', productArn)
    .where('market_agreement.acceptor', '=', account)
    .where('market_agreement.covers_from', '<=', time)
    .orderBy('market_agreement.covers_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!agreement) throw notSubscribed()
  if (agreement.status !== 'ACTIVE') await tx.enqueue('agreement', agreement.id, new Date(monthAfter(time)))
  return agreement.product
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
  const product = await subjectProduct(tx, subject, at)
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

/** Everything of the resource stops, not before it started whatever the clocks say. A repetition changes nothing. */
export async function usageStopped(tx: Transaction, resourceArn: string, at: Date): Promise<void> {
  const time = at.getTime()
  await tx.db
    .updateTable('market_running')
    .set(eb => ({ stopped: eb.case().when('started', '>', time).then(eb.ref('started')).else(time).end() }))
    .where('resource_arn', '=', resourceArn)
    .where('stopped', '=', never)
    .execute()
}

/** Inferences were answered with 2xx. A source that was told before counts once. */
export async function inferencesCounted(
  tx: Transaction,
  subject: UsageSubject,
  dimension: string,
  units: number,
  source: string,
  at: Date,
): Promise<void> {
  if (!Number.isSafeInteger(units) || units < 0)
    throw new RangeError(`inferences are counted in whole units, not ${units}`)
  const product = await subjectProduct(tx, subject, at)
  const { account, region, productArn: product_arn, resourceArn: resource_arn } = subject
  await tx.db
    .insertInto('market_inference')
    .values({ resource_arn, source, dimension, units, at: at.getTime(), account, product, product_arn, region })
    .onConflict(conflict => conflict.columns(['resource_arn', 'source']).doNothing())
    .execute()
}
