import { ServiceError } from '../../ground/errors.ts'
import { mostTries } from '../../reconcile/most-tries.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Iam } from '../../service/iam.ts'
import type { Escrow, EscrowedResource } from '../../service/market.ts'
import type { Store } from '../../store/store.ts'
import type { SellerName } from '../discovery/listing.ts'
import { isReviewing } from '../review/publication-review.ts'
import type { CatalogDraft } from './catalog-draft.ts'
import { tellEnd } from './catalog-event.ts'
import type { Change } from './change.ts'
import { faultsOf } from './change-fault.ts'
import { ChangeRefused } from './change-refused.ts'
import { accessRole, assetsPrincipal, type ChangeSet, findChangeSet, unlockEntities } from './change-set.ts'
import { type ChangeSetStep, decideChangeSet } from './change-set-decision.ts'
import { draftCatalog } from './draft-changes.ts'
import { discardCopies, escrowCopy } from './escrow-copy.ts'
import type { ReadLogo } from './logo.ts'
import { publish } from './publication.ts'
import { checkReleasedOffers } from './released-offers.ts'

export interface ChangeSetParts {
  readonly store: Store
  readonly escrow: Escrow
  readonly iam: Pick<Iam, 'assumeForService'>
  readonly now: () => Date
  readonly sellerName: SellerName
  readonly readLogo: ReadLogo
  /** The account whose people run the installation, where there is one. */
  readonly operator: () => Promise<string | undefined>
}

/**
 * Carries a change set from PREPARING over APPLYING to its end. The copies come first, each written down before and after it is made;
 * then all changes are made in one transaction, or the copies are discarded and none is. What the platform cannot carry out is tried again, and not
 * for ever.
 */
export function createChangeSetReconciler(parts: ChangeSetParts): Reconciler {
  const { db } = parts.store
  return async (key, signal) => {
    for (;;) {
      signal.throwIfAborted()
      const set = await findChangeSet(db, key)
      const step = decideChangeSet(set, await isReviewing(db))
      if (!set || step.do === 'rest') return
      if (step.do === 'clear') return discardCopies(parts, set)
      await apply(step, set, parts, signal)
    }
  }
}

async function apply(
  step: Exclude<ChangeSetStep, { do: 'rest' | 'clear' }>,
  set: ChangeSet,
  parts: ChangeSetParts,
  signal: AbortSignal,
): Promise<void> {
  switch (step.do) {
    case 'begin':
      return begin(set, parts)
    case 'reject':
      return settle(set, parts, new Map([[0, [{ ErrorCode: 'AUDIT_ERROR', ErrorMessage: step.reason }]]]))
    case 'carry out':
      return tryOut(set, parts, signal)
    case 'end':
      return end(set, parts)
  }
}

/** Unless it was cancelled meanwhile. */
async function begin({ id }: ChangeSet, { store }: ChangeSetParts): Promise<void> {
  await store.transaction(({ db }) =>
    db
      .updateTable('market_change_set')
      .set({ status: 'APPLYING' })
      .where('id', '=', id)
      .where('status', '=', 'PREPARING')
      .execute(),
  )
}

/** A server that stops has not tried. */
async function tryOut(set: ChangeSet, parts: ChangeSetParts, signal: AbortSignal): Promise<void> {
  try {
    await carryOut(set, parts)
  } catch (error) {
    signal.throwIfAborted()
    const tries = set.tries + 1
    if (tries >= mostTries) return settle(set, parts, faultsOf(set, error), 'SERVER_FAULT')
    await parts.store.transaction(({ db }) =>
      db.updateTable('market_change_set').set({ tries }).where('id', '=', set.id).execute(),
    )
    throw error
  }
}

async function carryOut(set: ChangeSet, parts: ChangeSetParts): Promise<void> {
  const { store } = parts
  const now = parts.now().getTime()
  const draft = await draftCatalog(set, {
    ...{ db: store.db, now, readLogo: parts.readLogo, operator: parts.operator },
    copy: (...asked) => checkedCopy(set, parts, ...asked),
  })
  await checkReleasedOffers(draft)
  if (draft.errors.size > 0 || set.intent === 'VALIDATE') return settle(set, parts, draft.errors)
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
    return await escrowCopy({ store, escrow }, set, index, { arn: asset.arn, product: change.entity })
  } catch (error) {
    if (error instanceof ServiceError) throw new ChangeRefused(error.code, error.message)
    throw error
  }
}

/** Writes down how the set ends; what is left to do then can be repeated. */
async function settle(
  set: ChangeSet,
  { store }: ChangeSetParts,
  errors: CatalogDraft['errors'],
  code: 'CLIENT_ERROR' | 'SERVER_FAULT' = 'CLIENT_ERROR',
): Promise<void> {
  const failed = errors.size > 0
  const changes = set.changes.map((change, index) => ({ ...change, errors: errors.get(index) ?? [] }))
  const first = [...errors.values()][0]?.[0]
  const told = {
    outcome: failed ? ('FAILED' as const) : ('SUCCEEDED' as const),
    document: JSON.stringify(changes),
    failure_code: failed ? code : '',
    failure_description: first ? `${first.ErrorCode}: ${first.ErrorMessage}`.slice(0, 2048) : '',
  }
  // A publication that was told as failed may be there.
  await store.transaction(({ db }) =>
    db.updateTable('market_change_set').set(told).where('id', '=', set.id).where('ended', '=', 0).execute(),
  )
}

/** Who hears of the end finds the escrow as it was, unless that cannot be: then the end does not wait for it, and it is tried on. */
async function end(set: ChangeSet, parts: ChangeSetParts): Promise<void> {
  const { store, now } = parts
  await discardCopies(parts, set).catch(() => {})
  const ended = now().getTime()
  await store.transaction(async tx => {
    await tx.db.updateTable('market_change_set').set({ status: set.outcome, ended }).where('id', '=', set.id).execute()
    await tellEnd(tx, { ...set, status: set.outcome, ended })
    await unlockEntities(tx, set.id)
  })
}
