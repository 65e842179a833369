import type { Db } from '../../store/database.ts'

/** The version that a copy of the marketplace's is. */
export async function productOfAsset(
  db: Db,
  arn: string,
): Promise<{ readonly productId: string; readonly fulfillmentOptionId: string } | undefined> {
  const row = await db.selectFrom('market_asset').selectAll().where('arn', '=', arn).executeTakeFirst()
  return row && { productId: row.product, fulfillmentOptionId: row.delivery_option }
}
