import { ServiceError } from '../../ground/errors.ts'
import type { Escrow, EscrowedResource } from '../../service/market.ts'
import type { Store } from '../../store/store.ts'
import type { ChangeSet } from './change-set.ts'

interface Parts {
  readonly store: Store
  readonly escrow: Escrow
}

export interface CopyRequest {
  readonly arn: string
  readonly title: string
  readonly product: string
}

/**
 * The copy that a change asks for, made once: the wish is written down before and the copy after, so that a crash between leaves
 * neither a copy that nobody knows nor a second one (the escrow answers the same product and ARN with the same copy).
 */
export async function escrowCopy(
  parts: Parts,
  set: ChangeSet,
  index: number,
  request: CopyRequest,
): Promise<EscrowedResource> {
  const { db } = parts.store
  const known = await db
    .selectFrom('market_escrow')
    .select(['arn', 'document'])
    .where('change_set', '=', set.id)
    .where('change_index', '=', index)
    .executeTakeFirst()
  if (known?.arn) return JSON.parse(known.document)
  if (!known)
    await db
      .insertInto('market_escrow')
      .values({ change_set: set.id, change_index: index, arn: '', document: JSON.stringify(request) })
      .execute()
  return copyAsked(parts, set, index, request)
}

async function copyAsked(
  { store, escrow }: Parts,
  set: ChangeSet,
  index: number,
  request: CopyRequest,
): Promise<EscrowedResource> {
  const copy = await escrow.copy(set.account, request.arn, request.product, request.title)
  await store.transaction(({ db }) =>
    db
      .updateTable('market_escrow')
      .set({ arn: copy.arn, document: JSON.stringify(copy) })
      .where('change_set', '=', set.id)
      .where('change_index', '=', index)
      .execute(),
  )
  return copy
}

/** Removes what was copied for a set that publishes nothing. */
export async function discardCopies(parts: Parts, set: ChangeSet): Promise<void> {
  const { db } = parts.store
  const rows = await db.selectFrom('market_escrow').selectAll().where('change_set', '=', set.id).execute()
  for (const { arn, change_index, document } of rows) {
    const copied = arn || (await copiedUnseen(parts, set, change_index, JSON.parse(document)))
    if (copied) await parts.escrow.discard(copied)
    await db
      .deleteFrom('market_escrow')
      .where('change_set', '=', set.id)
      .where('change_index', '=', change_index)
      .execute()
  }
}

/** A crash came between the copy and its note: asking again tells the copy's ARN, or that there is none. */
async function copiedUnseen(
  parts: Parts,
  set: ChangeSet,
  index: number,
  request: CopyRequest,
): Promise<string | undefined> {
  try {
    return (await copyAsked(parts, set, index, request)).arn
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}
