import { ValidationException } from '../ground/errors.ts'
import type { Market } from '../service/market.ts'
import type { Store } from '../store/store.ts'
import { isActive, latestAgreement } from './agreement/agreement.ts'
import { inferencesCounted } from './billing/inference-count.ts'
import { isPriced } from './billing/statement.ts'
import { notSubscribed, usageStarted, usageStopped } from './billing/usage.ts'
import { evaluationStarted, evaluationStopped } from './evaluation/evaluation-use.ts'

export interface MarketParts {
  readonly store: Store
  readonly now: () => Date
  /** Account that owns escrowed resources in every region: 12 digits. */
  readonly escrowAccount: string
}

/** The marketplace as SageMaker's resources use it: who may use a product, and what was used. */
export const createMarket = ({ store, now, escrowAccount }: MarketParts): Market => ({
  escrowAccount,
  async requireSubscription(account, productArn, dimension) {
    const { db } = store
    const asset = await db.selectFrom('market_asset').selectAll().where('arn', '=', productArn).executeTakeFirst()
    const agreement = asset && (await latestAgreement(db, account, asset.product))
    // A version restricted before the buyer came was never theirs.
    if (!asset || !isActive(agreement, now().getTime()) || asset.restricted <= agreement.accepted) throw notSubscribed()
    if (dimension && !(await isPriced(db, agreement, dimension)))
      throw new ValidationException(
        `${dimension} is not part of offer ${agreement.offer}: ask the seller for a new private offer.`,
      )
  },
  usageStarted,
  evaluationStarted,
  async usageStopped(tx, resourceArn, at) {
    await usageStopped(tx, resourceArn, at)
    await evaluationStopped(tx, resourceArn, at)
  },
  inferencesCounted,
})
