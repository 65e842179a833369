import { ServiceError } from '../../ground/errors.ts'
import type { Db } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'

/** An archive of a product's, by its content. */
export interface ProductArtifact {
  readonly account: string
  /** ARN of the subscribed algorithm. */
  readonly product: string
  /** SHA-256, hexadecimal. */
  readonly digest: string
}

/** Notes what a training job of a product has made. Noting it again changes nothing. */
export async function noteArtifact({ db }: Transaction, artifact: ProductArtifact): Promise<void> {
  await db
    .insertInto('market_artifact')
    .values(artifact)
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/**
 * Throws a ServiceError of code `ClientError` for what no training job of the product has made in the account. A seller's serving
 * program trusts its own model files as it trusts itself (a pickle is a program), so that a file of the buyer's would run as theirs.
 */
export async function requireArtifact(
  db: Db,
  { account, product, digest }: ProductArtifact,
  uri: string,
): Promise<void> {
  const found = await db
    .selectFrom('market_artifact')
    .select('digest')
    .where('account', '=', account)
    .where('product', '=', product)
    .where('digest', '=', digest)
    .executeTakeFirst()
  if (!found)
    throw new ServiceError(
      'ClientError',
      `The model data at ${uri} is not what a training job of ${product} has made in account ${account}: a product's containers are given nothing else.`,
    )
}
