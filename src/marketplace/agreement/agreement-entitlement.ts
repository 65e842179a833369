import type { Kysely } from 'kysely'
import { paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import { type Agreement, invalidAgreement, isActive, requireParty } from './agreement.ts'
import type { Op } from './agreement-operation.ts'

/** The product's copies that an agreement lets its buyer use: versions restricted before the acceptance are left out; newest first. */
const entitledAssets = (db: Kysely<Database>, agreement: Agreement) =>
  db
    .selectFrom('market_asset')
    .select(['arn', 'kind', 'delivery_option', 'published'])
    .where('product', '=', agreement.product)
    .where('restricted', '>', agreement.accepted)
    .orderBy('published', 'desc')
    .orderBy('arn')
    .execute()

/**
 * What the buyer may use, one entry for each version: `licenseArn` is the ARN that SageMaker takes as AlgorithmName or
 * ModelPackageName (AWS leaves open how a buyer lists them), `type` tells which.
 */
export const getAgreementEntitlements: Op<'GetAgreementEntitlements'> = async (
  { agreementId, maxResults = 50, nextToken },
  ctx,
) => {
  const listing = ['GetAgreementEntitlements', ctx.account, agreementId]
  const pages = paging<number>(listing, nextToken)
  const from = pages.after ?? 0
  const agreement = await requireParty(ctx.store.db, agreementId, ctx.account)
  if (agreement.acceptor !== ctx.account)
    throw invalidAgreement('UNSUPPORTED_ACTION', 'Entitlements are shown to the acceptor of an agreement.')
  const active = isActive(agreement, ctx.now().getTime())
  const assets = await entitledAssets(ctx.store.db, agreement)
  return {
    agreementEntitlements: assets.slice(from, from + maxResults).map(({ arn, kind }) => ({
      resource: { id: agreement.product, type: 'MachineLearningProduct' },
      type: kind,
      status: active ? ('PROVISIONED' as const) : ('DEPROVISIONED' as const),
      statusReasonCode: active ? ('AGREEMENT_ACTIVE' as const) : ('AGREEMENT_INACTIVE' as const),
      licenseArn: arn,
    })),
    ...(assets.length > from + maxResults && { nextToken: pages.token(from + maxResults) }),
  }
}
