import { paging } from '../../service/page.ts'
import { invalidAgreement, isActive, requireParty } from './agreement.ts'
import type { Op } from './agreement-operation.ts'
import { licenseArn } from './license.ts'
import { entitledAssets } from './subscribed-version.ts'

/**
 * What an agreement entitles its buyer to: its product, under one licence. `type` is the product's kind; the ARNs that SageMaker takes are
 * `ListSubscribedVersions`'s.
 */
export const getAgreementEntitlements: Op<'GetAgreementEntitlements'> = async ({ agreementId, nextToken }, ctx) => {
  // One is a page: no token was ever given.
  paging(['GetAgreementEntitlements', ctx.account, agreementId], nextToken)
  const agreement = await requireParty(ctx.store.db, agreementId, ctx.account)
  if (agreement.acceptor !== ctx.account)
    throw invalidAgreement('UNSUPPORTED_ACTION', 'Entitlements are shown to the acceptor of an agreement.')
  const active = isActive(agreement, ctx.now().getTime())
  const [asset] = await entitledAssets(ctx.store.db, agreement)
  const entitlement = {
    resource: { id: agreement.product, type: 'MachineLearningProduct' },
    type: asset?.kind,
    status: active ? ('PROVISIONED' as const) : ('DEPROVISIONED' as const),
    statusReasonCode: active ? ('AGREEMENT_ACTIVE' as const) : ('AGREEMENT_INACTIVE' as const),
    licenseArn: licenseArn(agreementId),
  }
  return { agreementEntitlements: [entitlement] }
}
