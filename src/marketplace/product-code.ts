import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { entityOf } from './entity.ts'
import type { Product } from './product.ts'

/** The caller's product of a product code. Throws what `refuse` makes for a code that is unknown or another seller's. */
export async function requireOwnProductCode(
  db: Kysely<Database>,
  code: string,
  account: string,
  refuse: (message: string) => Error,
): Promise<Product> {
  const rows = await db
    .selectFrom('market_entity')
    .selectAll()
    .where('kind', '=', 'MachineLearningProduct')
    .where('account', '=', account)
    .execute()
  const product = rows.map(row => entityOf(row) as Product).find(each => each.document.productCode === code)
  if (!product) throw refuse(`The product code ${code} is not one of account ${account}'s products.`)
  return product
}
