import type { Context } from '../../service/context.ts'
import { paging } from '../../service/page.ts'
import type { Db } from '../../store/database.ts'
import type { AssetTable } from '../../store/schema/market-catalog-tables.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { findEntity } from '../entity.ts'
import { isProduct } from '../product.ts'
import { type Agreement, requireAcceptor } from './agreement.ts'
import { licenseArn } from './license.ts'

/** The product's copies that an agreement lets its buyer use: versions restricted before the acceptance are left out; newest first. */
export const entitledAssets = (db: Db, agreement: Agreement): Promise<AssetTable[]> =>
  db
    .selectFrom('market_asset')
    .selectAll()
    .where('product', '=', agreement.product)
    .where('restricted', '>', agreement.accepted)
    .orderBy('published', 'desc')
    .orderBy('arn')
    .execute()

interface Input {
  readonly agreementId: string
  readonly maxResults?: number
  readonly nextToken?: string
}

/**
 * The versions that an agreement is about, newest first, under the ARNs that SageMaker takes as AlgorithmName and ModelPackageName; whether
 * they may be used now, its entitlement tells. AWS shows these ARNs in its console alone. Throws ResourceNotFoundException of an agreement
 * that the caller has not accepted.
 */
export async function listSubscribedVersions({ agreementId, maxResults = 50, nextToken }: Input, ctx: Context) {
  const { db } = ctx.store
  const pages = paging<number>(['ListSubscribedVersions', ctx.account, agreementId], nextToken)
  const from = pages.after ?? 0
  const agreement = await requireAcceptor(db, agreementId, ctx.account)
  const titles = await versionTitles(db, agreement.product)
  const assets = await entitledAssets(db, agreement)
  const versions = assets.slice(from, from + maxResults).map(({ arn, kind, product, delivery_option }) => ({
    ...{ arn, type: kind, productId: product, fulfillmentOptionId: delivery_option },
    versionTitle: titles.get(delivery_option) ?? '',
  }))
  return {
    ...{ versions, licenseArn: licenseArn(agreementId) },
    ...(assets.length > from + maxResults && { nextToken: pages.token(from + maxResults) }),
  }
}

async function versionTitles(db: Db, productId: string): Promise<ReadonlyMap<string, string>> {
  const product = await findEntity({ db }, productId)
  if (!isProduct(product)) throw notFound(`Product ${productId}`)
  return new Map(product.document.versions.map(({ deliveryOptionId, title }) => [deliveryOptionId, title]))
}
