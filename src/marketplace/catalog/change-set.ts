import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import type { Kysely } from 'kysely'
import { ServiceError, ValidationException } from '../../ground/errors.ts'
import { quotas } from '../../quotas/quotas.ts'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { noteResource } from '../../store/commit-note.ts'
import type { Database } from '../../store/database.ts'
import type { ChangeSetTable } from '../../store/schema/market-catalog-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { findAgreement } from '../agreement/agreement.ts'
import { findEntity } from '../entity.ts'
import { catalogArn, isoSeconds, randomId } from '../identifier.ts'
import { isOfferSet } from '../offer-set.ts'
import { isProduct } from '../product.ts'
import { onceForToken } from '../request-token.ts'
import { checkCatalog, notFound } from './catalog-check.ts'
import { tellEnd } from './catalog-event.ts'
import type { Op } from './catalog-operation.ts'
import { type Change, parseChanges } from './change.ts'
import { putTags } from './put-tags.ts'

/** A request of changes that are made all together or not at all. Times in milliseconds. */
export interface ChangeSet extends Readonly<Omit<ChangeSetTable, 'document'>> {
  readonly changes: readonly Change[]
}

export async function findChangeSet(db: Kysely<Database>, id: string): Promise<ChangeSet | undefined> {
  const row = await db.selectFrom('market_change_set').selectAll().where('id', '=', id).executeTakeFirst()
  return row && changeSetOf(row)
}

export function changeSetOf({ document, ...row }: ChangeSetTable): ChangeSet {
  return { ...row, changes: JSON.parse(document) }
}

export const changeSetArn = (account: string, id: string): string => catalogArn(account, 'ChangeSet', id)

export const startChangeSet: Op<'StartChangeSet'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const changes = parseChanges(input.ChangeSet)
  for (const change of changes) await passAccessRole(change, ctx)
  const { ClientRequestToken, ...request } = input
  const scope = `marketplace-catalog:StartChangeSet:${ctx.account}`
  const now = ctx.now().getTime()
  return ctx.store.transaction(tx =>
    onceForToken(tx, scope, ClientRequestToken, request, now, async () => {
      await requireRoom(tx, ctx.account)
      const id = randomId('', 25)
      await lockEntities(tx, id, changes, ctx.account)
      await insertChangeSet(tx, id, changes, input, ctx.account, now)
      await putTags(tx.db, changeSetArn(ctx.account, id), input.ChangeSetTags ?? [])
      await tx.enqueue('change-set', id)
      noteResource('AWS::MarketplaceCatalog::ChangeSet', changeSetArn(ctx.account, id))
      return { ChangeSetId: id, ChangeSetArn: changeSetArn(ctx.account, id) }
    }),
  )
}

/** The role hands the seller's resource to the marketplace: whoever names it must be allowed to pass it. */
async function passAccessRole(change: Change, ctx: Context): Promise<void> {
  const role = accessRole(change)
  if (role) await ctx.iam.passRole(ctx.principal, role, assetsPrincipal)
}

/** The service that the access role of a delivery option must trust (AWS Marketplace API Reference, "Add a new version"). */
export const assetsPrincipal = 'assets.marketplace.amazonaws.com'

export function accessRole(change: Change): string | undefined {
  if (change.type !== 'AddDeliveryOptions') return undefined
  const [option] = change.details.DeliveryOptions as { Details: Record<string, { AccessRoleArn: string }> }[]
  return Object.values(option?.Details ?? {})[0]?.AccessRoleArn
}

const mostOpen = quotas['aws-marketplace'].openChangeSets.value

/** Throws ServiceQuotaExceededException for who has as many change sets under way as there may be. */
async function requireRoom({ db }: Transaction, account: string): Promise<void> {
  const last = await db
    .selectFrom('market_change_set')
    .select('ended')
    .where('account', '=', account)
    .where('ended', '=', 0)
    .offset(mostOpen - 1)
    .limit(1)
    .executeTakeFirst()
  if (last)
    throw new ServiceError(
      'ServiceQuotaExceededException',
      `The account has ${mostOpen} change sets that have not ended, as many as there may be.`,
    )
}

async function lockEntities(tx: Transaction, id: string, changes: readonly Change[], account: string): Promise<void> {
  const created = new Set(changes.filter(change => change.creates).map(change => change.entity))
  for (const change of changes) {
    if (!created.has(change.entity)) await lock(tx, id, change, account)
    if (change.type === 'CreateReplacementOffer')
      await requireOwnAgreement(tx, String(change.details.AgreementId), account)
    const product = change.type === 'CreateOffer' ? String(change.details.ProductId) : undefined
    if (product && !created.has(product)) await requireOwnProduct(tx, product, account)
    const offerSet = change.details.OfferSetId
    if (typeof offerSet === 'string' && !created.has(offerSet)) await requireOwnOfferSet(tx, offerSet, account)
  }
}

async function lock(tx: Transaction, id: string, change: Change, account: string): Promise<void> {
  const row = await tx.db
    .selectFrom('market_entity')
    .select(['account', 'kind', 'revision', 'locked_by'])
    .where('id', '=', change.entity)
    .executeTakeFirst()
  if (row?.account !== account || row.kind !== change.kind) throw notFound(`${change.kind} ${change.entity}`)
  if (change.revision !== undefined && change.revision !== row.revision)
    throw new ValidationException(`${change.entity} is at revision ${row.revision}, not ${change.revision}.`)
  if (row.locked_by && row.locked_by !== id)
    throw new ServiceError(
      'ResourceInUseException',
      `Requested change set has entities locked by change sets - entity: ${change.entity}, change set: ${row.locked_by}.`,
    )
  await tx.db.updateTable('market_entity').set({ locked_by: id }).where('id', '=', change.entity).execute()
}

async function requireOwnProduct(tx: Transaction, id: string, account: string): Promise<void> {
  const product = await findEntity(tx, id)
  if (!isProduct(product)) throw notFound(`Product ${id}`)
  if (product.account !== account)
    throw new ServiceError('AccessDeniedException', `Account ${account} may not create offers for product ${id}.`)
}

async function requireOwnOfferSet(tx: Transaction, id: string, account: string): Promise<void> {
  const set = await findEntity(tx, id)
  if (!isOfferSet(set) || set.account !== account) throw notFound(`OfferSet ${id}`)
}

async function requireOwnAgreement({ db }: Transaction, id: string, account: string): Promise<void> {
  const agreement = await findAgreement(db, id)
  if (agreement?.proposer !== account)
    throw new ServiceError('AccessDeniedException', `Account ${account} may not create offers for agreement ${id}.`)
}

async function insertChangeSet(
  { db }: Transaction,
  id: string,
  changes: readonly Change[],
  { Intent = 'APPLY', ChangeSetName }: Input<typeof Sdk, 'StartChangeSet'>,
  account: string,
  now: number,
): Promise<void> {
  await db
    .insertInto('market_change_set')
    .values({
      id,
      account,
      name: ChangeSetName ?? `Submitted by ${account}`,
      intent: Intent,
      status: 'PREPARING',
      outcome: '',
      review: '',
      failure_code: '',
      failure_description: '',
      tries: 0,
      started: now,
      ended: 0,
      document: JSON.stringify(changes),
    })
    .execute()
  const entities = [...new Set(changes.map(change => change.entity))].map(entity => ({ change_set: id, entity }))
  await db.insertInto('market_change_set_entity').values(entities).execute()
}

async function ownChangeSet(id: string, ctx: Context): Promise<ChangeSet> {
  const set = await findChangeSet(ctx.store.db, id)
  if (set?.account !== ctx.account) throw notFound(`Change set ${id}`)
  return set
}

export const describeChangeSet: Op<'DescribeChangeSet'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const set = await ownChangeSet(input.ChangeSetId, ctx)
  return {
    ...summary(set),
    Intent: set.intent as 'APPLY' | 'VALIDATE',
    ...(set.failure_description && { FailureDescription: set.failure_description }),
    ChangeSet: set.changes.map(change => ({
      ChangeType: change.type,
      Entity: { Type: `${change.kind}@1.0`, Identifier: shownIdentifier(set, change) },
      Details: JSON.stringify(change.details),
      DetailsDocument: change.details as Record<string, never>,
      ErrorDetailList: [...change.errors],
      ...(change.name && { ChangeName: change.name }),
    })),
  }
}

/** An entity has its id once it exists. */
function shownIdentifier(set: ChangeSet, change: Change): string | undefined {
  return set.status === 'SUCCEEDED' && set.intent === 'APPLY' ? change.entity : change.identifier
}

export function summary(set: ChangeSet) {
  return {
    ChangeSetId: set.id,
    ChangeSetArn: changeSetArn(set.account, set.id),
    ChangeSetName: set.name,
    StartTime: isoSeconds(set.started),
    ...(set.ended > 0 && { EndTime: isoSeconds(set.ended) }),
    Status: set.status as 'PREPARING' | 'APPLYING' | 'SUCCEEDED' | 'CANCELLED' | 'FAILED',
    ...(set.failure_code && { FailureCode: set.failure_code as 'CLIENT_ERROR' | 'SERVER_FAULT' }),
  }
}

/** Possible while the set is PREPARING: afterwards the changes are being made. */
export const cancelChangeSet: Op<'CancelChangeSet'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const { id, account } = await ownChangeSet(input.ChangeSetId, ctx)
  await ctx.store.transaction(async tx => {
    const cancelled = await tx.db
      .updateTable('market_change_set')
      .set({ status: 'CANCELLED', ended: ctx.now().getTime() })
      .where('id', '=', id)
      .where('status', '=', 'PREPARING')
      .returningAll()
      .executeTakeFirst()
    if (!cancelled)
      throw new ServiceError(
        'ResourceInUseException',
        `Change set ${id} is no longer PREPARING and cannot be cancelled.`,
      )
    await tellEnd(tx, cancelled)
    await unlockEntities(tx, id)
  })
  return { ChangeSetId: id, ChangeSetArn: changeSetArn(account, id) }
}

export const unlockEntities = async ({ db }: Transaction, changeSet: string): Promise<void> => {
  await db.updateTable('market_entity').set({ locked_by: '' }).where('locked_by', '=', changeSet).execute()
}
