import type { Escrow, EscrowedResource } from '../../service/market.ts'
import type { Store, Transaction } from '../../store/store.ts'
import type { ChangeSet } from './change-set.ts'

interface Parts {
  readonly store: Store
  readonly escrow: Escrow
}

export interface CopyRequest {
  readonly arn: string
  readonly product: string
}

/**
 * The copy that a change asks for, made once: its name is written down before and what it is after, so that a crash between leaves
 * neither a copy that nobody knows nor a second one (the escrow answers the same product and ARN with the same copy).
 */
export async function escrowCopy(
  parts: Parts,
  set: ChangeSet,
  index: number,
  { arn, product }: CopyRequest,
): Promise<EscrowedResource> {
  const { store, escrow } = parts
  const known = await copyOf(store, set, index)
  if (known?.arn && known.document) return JSON.parse(known.document)
  const copy = await escrow.copy(set.account, arn, product, name => noteName(parts, set, index, name))
  await store.transaction(tx => note(tx, set, index, copy.arn, JSON.stringify(copy)))
  return copy
}

const copyOf = ({ db }: Pick<Transaction, 'db'>, set: ChangeSet, index: number) =>
  db
    .selectFrom('market_escrow')
    .select(['arn', 'document'])
    .where('change_set', '=', set.id)
    .where('change_index', '=', index)
    .executeTakeFirst()

async function noteName({ store, escrow }: Parts, set: ChangeSet, index: number, name: string): Promise<void> {
  const known = await copyOf(store, set, index)
  // What was to be copied is another one by the same name now.
  if (known?.arn && known.arn !== name) await escrow.discard(known.arn)
  await store.transaction(async tx => {
    const others = await tx.db.selectFrom('market_escrow').select('change_set').where('arn', '=', name).execute()
    const other = others.find(row => row.change_set !== set.id)
    if (other) throw new Error(`${name} is still to be discarded for change set ${other.change_set}`)
    await note(tx, set, index, name, '')
  })
}

async function note({ db }: Transaction, set: ChangeSet, index: number, arn: string, document: string): Promise<void> {
  await db
    .insertInto('market_escrow')
    .values({ change_set: set.id, change_index: index, arn, document })
    .onConflict(conflict => conflict.columns(['change_set', 'change_index']).doUpdateSet({ arn, document }))
    .execute()
}

/** Removes what was copied, or begun to be, for a set that publishes nothing. Asks for no copy: it can be done when none can be made. */
export async function discardCopies({ store, escrow }: Parts, set: ChangeSet): Promise<void> {
  const rows = await store.db.selectFrom('market_escrow').selectAll().where('change_set', '=', set.id).execute()
  for (const { arn, change_index } of rows) {
    if (arn) await escrow.discard(arn)
    await store.transaction(({ db }) =>
      db
        .deleteFrom('market_escrow')
        .where('change_set', '=', set.id)
        .where('change_index', '=', change_index)
        .execute(),
    )
  }
}
