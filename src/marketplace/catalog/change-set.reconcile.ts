import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Iam } from '../../service/iam.ts'
import type { Escrow, EscrowedResource } from '../../service/market.ts'
import type { Store } from '../../store/store.ts'
import type { SellerName } from '../discovery/listing.ts'
import { isReviewed, isReviewing } from '../review/publication-review.ts'
import { type CatalogDraft, draftCatalog } from './catalog-draft.ts'
import type { Change } from './change.ts'
import { ChangeRefused } from './change-refused.ts'
import { accessRole, assetsPrincipal, type ChangeSet, findChangeSet, unlockEntities } from './change-set.ts'
import { discardCopies, escrowCopy } from './escrow-copy.ts'
import { publish } from './publication.ts'
import { checkReleasedOffers } from './released-offers.ts'

export interface ChangeSetParts {
  readonly store: Store
  readonly escrow: Escrow
  readonly iam: Pick<Iam, 'assumeForService'>
  readonly now: () => Date
  readonly sellerName: SellerName
}

/**
 * Carries a change set from PREPARING over APPLYING to its end. The copies come first, each written down before and after it is made;
 * then all changes are made in one transaction, or the copies are discarded and none is.
 */
export function createChangeSetReconciler(parts: ChangeSetParts): Reconciler {
  return async key => {
    const set = await findChangeSet(parts.store.db, key)
    if (!set || set.ended > 0) return
    if (set.status === 'PREPARING' && !(await begin(set, parts))) return
    if (set.outcome === '') await carryOut(set, parts)
    await end(key, parts)
  }
}

/** False when the set was cancelled meanwhile or waits for a reviewer. */
async function begin(set: ChangeSet, { store }: ChangeSetParts): Promise<boolean> {
  if (isReviewed(set) && (await isReviewing(store.db))) return false
  const { numUpdatedRows } = await store.db
    .updateTable('market_change_set')
    .set({ status: 'APPLYING' })
    .where('id', '=', set.id)
    .where('status', '=', 'PREPARING')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

async function carryOut(set: ChangeSet, parts: ChangeSetParts): Promise<void> {
  const { store } = parts
  const rejection = set.review.startsWith('REJECTED:') ? set.review.slice('REJECTED:'.length) : undefined
  if (rejection !== undefined)
    return decide(set, parts, new Map([[0, [{ ErrorCode: 'AUDIT_ERROR', ErrorMessage: rejection }]]]))
  const now = parts.now().getTime()
  const draft = await draftCatalog(set, { db: store.db, now, copy: (...asked) => checkedCopy(set, parts, ...asked) })
  await checkReleasedOffers(draft)
  if (draft.errors.size > 0 || set.intent === 'VALIDATE') return decide(set, parts, draft.errors)
  await publish(set, draft, { store, now, sellerName: parts.sellerName })
}

async function checkedCopy(
  set: ChangeSet,
  { store, escrow, iam }: ChangeSetParts,
  index: number,
  change: Change,
  asset: { arn: string; title: string },
): Promise<EscrowedResource> {
  const role = accessRole(change) ?? ''
  try {
    if (role.split(':')[4] !== set.account) throw new Error(`it is not a role of account ${set.account}`)
    await iam.assumeForService(role, assetsPrincipal, 'AWSMarketplace')
  } catch (error) {
    throw new ChangeRefused(
      'INVALID_ACCESS_ROLE',
      `The marketplace cannot use role ${role}: ${(error as Error).message}`,
    )
  }
  try {
    return await escrowCopy({ store, escrow }, set, index, { ...asset, product: change.entity })
  } catch (error) {
    if (error instanceof ServiceError) throw new ChangeRefused(error.code, error.message)
    throw error
  }
}

/** Writes down how the set ends; what is left to do then can be repeated. */
async function decide(set: ChangeSet, { store }: ChangeSetParts, errors: CatalogDraft['errors']): Promise<void> {
  const failed = errors.size > 0
  const changes = set.changes.map((change, index) => ({ ...change, errors: errors.get(index) ?? [] }))
  const first = [...errors.values()][0]?.[0]
  await store.db
    .updateTable('market_change_set')
    .set({
      outcome: failed ? 'FAILED' : 'SUCCEEDED',
      document: JSON.stringify(changes),
      failure_code: failed ? 'CLIENT_ERROR' : '',
      failure_description: first ? `${first.ErrorCode}: ${first.ErrorMessage}`.slice(0, 2048) : '',
    })
    .where('id', '=', set.id)
    .execute()
}

async function end(id: string, { store, escrow, now }: ChangeSetParts): Promise<void> {
  const set = await findChangeSet(store.db, id)
  if (!set || set.ended > 0) return
  await discardCopies({ store, escrow }, set)
  await store.transaction(async tx => {
    await tx.db
      .updateTable('market_change_set')
      .set({ status: set.outcome, ended: now().getTime() })
      .where('id', '=', id)
      .execute()
    await unlockEntities(tx, id)
  })
}
