import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import type { EntityTable } from '../store/schema/market-catalog-tables.ts'
import { catalogArn } from './identifier.ts'

export type EntityKind =
  | 'MachineLearningProduct'
  | 'Offer'
  | 'OfferSet'
  | 'Experience'
  | 'ProcurementPolicy'
  | 'BrandingSettings'
  | 'Audience'

/** What the Catalog API manages: a revised document with an owner. Times in milliseconds. */
export interface Entity<Document = unknown>
  extends Readonly<Omit<EntityTable, 'document' | 'kind' | 'locked_by' | 'targeting'>> {
  readonly kind: EntityKind
  readonly document: Document & { readonly buyerAccounts: readonly string[] }
}

type Db = { readonly db: Kysely<Database> }

export async function findEntity({ db }: Db, id: string): Promise<Entity | undefined> {
  const row = await db.selectFrom('market_entity').selectAll().where('id', '=', id).executeTakeFirst()
  return row && entityOf(row)
}

export function entityOf(row: EntityTable): Entity {
  const { document, locked_by: _, targeting: __, ...columns } = row
  return { ...columns, kind: row.kind as EntityKind, document: JSON.parse(document) }
}

/** Who is asked to see: `BuyerAccounts` when the entity names accounts, `None` when it is for all. */
export const targetingOf = (entity: Entity): string =>
  entity.document.buyerAccounts.length > 0 ? 'BuyerAccounts' : 'None'

/** Writes the next revision and frees the entity from its change set. Inside the transaction that ends the change set. */
export async function saveEntity({ db }: Db, entity: Entity): Promise<void> {
  const row = {
    ...entity,
    targeting: targetingOf(entity),
    locked_by: '',
    document: JSON.stringify(entity.document),
  }
  await db
    .insertInto('market_entity')
    .values(row)
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
  await db.deleteFrom('market_entity_account').where('entity', '=', entity.id).execute()
  const accounts = [...new Set(entity.document.buyerAccounts)].map(account => ({ entity: entity.id, account }))
  if (accounts.length > 0) await db.insertInto('market_entity_account').values(accounts).execute()
}

export const entityArn = (entity: Pick<Entity, 'account' | 'kind' | 'id'>): string =>
  catalogArn(entity.account, entity.kind, entity.id)

/** `ID@REVISION` as changes and descriptions name an entity; the revision may be left out. */
export function splitIdentifier(identifier: string): { id: string; revision?: number } {
  const [id = '', revision] = identifier.split('@')
  return revision === undefined ? { id } : { id, revision: Number(revision) }
}
