import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import Big from 'big.js'
import type { Kysely } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { noteResource } from '../../store/commit-note.ts'
import type { Database } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'
import { installmentsOf } from '../billing/installment.ts'
import { countryOf, isServed } from '../country.ts'
import { isExpired, isOpenTo, visibleOffer } from '../discovery/visibility.ts'
import { derivedId, randomId } from '../identifier.ts'
import { isPrivate, type Offer, type PricingModel } from '../offer-document.ts'
import { requireProcurable } from '../procurement/procurable.ts'
import { onceForToken } from '../request-token.ts'
import { findTerm, paidUpfront, type Term } from '../term.ts'
import {
  type Agreement,
  closeAgreement,
  initialOf,
  insertAgreement,
  invalidAgreement,
  isActive,
  latestAgreement,
  requireSource,
} from './agreement.ts'
import { amend, decidedAt, quoteAmendment } from './agreement-amendment.ts'
import type { Op } from './agreement-operation.ts'
import { agreementValue, requireValue } from './agreement-value.ts'
import type { Quote } from './quote.ts'
import { renews } from './renews.ts'
import { acceptTerms } from './requested-terms.ts'

type CreateInput = Input<typeof Sdk, 'CreateAgreementRequest'>

/** How long a quote can be accepted. */
const quoteLasts = 60 * 60_000

const upfrontCharge = (request: string): string => derivedId('ch-', 25, request, 'upfront')

export const createAgreementRequest: Op<'CreateAgreementRequest'> = async (input, ctx) => {
  if (input.taxConfiguration?.taxEstimation === 'ENABLED')
    throw invalidAgreement('OTHER', 'Taxes are not estimated here; leave taxConfiguration out or DISABLED.')
  const { clientToken, ...request } = input
  const scope = `marketplace-agreement:CreateAgreementRequest:${ctx.account}`
  const now = ctx.now().getTime()
  return ctx.store.transaction(tx =>
    onceForToken(tx, scope, clientToken, request, now, async () => {
      const quote =
        input.intent === 'AMEND' ? await quoteAmendment(tx.db, input, ctx) : await quoteOffer(tx.db, input, ctx)
      const id = randomId('ar-', 25)
      const { intent } = input
      const row = { id, account: ctx.account, intent, product: quote.product, expires: now + quoteLasts, agreement: '' }
      await tx.db
        .insertInto('market_agreement_request')
        .values({ ...row, document: JSON.stringify(quote) })
        .execute()
      return { agreementRequestId: id, chargeSummary: chargeSummary(id, quote, intent, now) }
    }),
  )
}

function chargeSummary(id: string, { terms }: Quote, intent: string, now: number) {
  const upfront = intent === 'AMEND' ? undefined : paidUpfront(terms)
  const amount = Big(upfront?.Price ?? 0).toFixed()
  return {
    currencyCode: 'USD',
    newAgreementValue: intent === 'AMEND' ? '0' : agreementValue(terms),
    expectedCharges: [
      ...(upfront ? [{ id: upfrontCharge(id), amount, timing: 'ON_ACCEPTANCE' as const }] : []),
      ...(intent === 'AMEND' ? [] : installmentsOf(terms, id, now)).map(({ charge, time, amount: part }) => ({
        ...{ id: charge, amount: part, time: new Date(time) },
        timing: time > now ? ('SCHEDULED' as const) : ('ON_ACCEPTANCE' as const),
      })),
    ],
  }
}

/** The terms of an offer that the caller can accept now. */
async function quoteOffer(db: Kysely<Database>, input: CreateInput, ctx: Context): Promise<Quote> {
  const proposal = await findProposal(db, input.agreementProposalIdentifier)
  const visible = await visibleOffer(db, ctx.account, proposal.offer)
  if (!visible || !isOpenTo(visible, ctx.account)) throw noSuchProposal(proposal.id)
  if (visible.offer.document.proposal !== proposal.id)
    throw invalidAgreement(
      'SUPERSEDED_AGREEMENT_PROPOSAL',
      `The terms of offer ${proposal.offer} have changed; read them again.`,
    )
  requireAvailable(visible.offer, ctx.now().getTime())
  await requireServed(db, visible.offer, ctx.account)
  await requireProcurable(db, ctx.account, visible.product.id)
  const source = await sourceOf(db, input, visible.product.id, ctx)
  if (source) requireReplaceable(source, visible.offer, ctx.now().getTime())
  const offered: readonly Term[] = JSON.parse(proposal.terms)
  const accepted = acceptTerms(proposal.offer, offered, input.requestedTerms)
  await requireNoTrialYet(db, ctx.account, visible.product.id, accepted.terms)
  requireValue(proposal.offer, accepted.terms)
  return {
    product: visible.product.id,
    offer: proposal.offer,
    proposal: proposal.id,
    pricingModel: proposal.pricing_model as PricingModel,
    ...accepted,
    ...(source && { source: source.id }),
  }
}

function requireAvailable(offer: Offer, now: number): void {
  if (offer.document.renewalOf)
    throw invalidAgreement('UNSUPPORTED_ACTION', `Agreement ${offer.document.renewalOf} renews itself by this offer.`)
  if (isExpired(offer, now)) throw invalidAgreement('EXPIRED_AGREEMENT_PROPOSAL', `Offer ${offer.id} has expired.`)
}

async function requireServed(db: Kysely<Database>, offer: Offer, account: string): Promise<void> {
  if (await isServed(db, offer, account)) return
  const where = (await countryOf(db, account)) ?? 'an unknown country'
  throw invalidAgreement('OTHER', `Offer ${offer.id} cannot be accepted from ${where}.`)
}

async function findProposal(db: Kysely<Database>, id: string | undefined) {
  if (!id) throw invalidAgreement('MISSING_AGREEMENT_PROPOSAL_IDENTIFIER', 'agreementProposalIdentifier is required.')
  const proposal = await db.selectFrom('market_proposal').selectAll().where('id', '=', id).executeTakeFirst()
  if (!proposal) throw noSuchProposal(id)
  return proposal
}

const noSuchProposal = (id: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', `Agreement proposal ${id} was not found.`, {
    fields: { resourceId: id, resourceType: 'AgreementProposal' },
  })

/** A buyer has one agreement on a product at a time: a further one replaces it. */
async function sourceOf(
  db: Kysely<Database>,
  input: CreateInput,
  product: string,
  ctx: Context,
): Promise<Agreement | undefined> {
  const { intent, sourceAgreementIdentifier: id } = input
  if (intent === 'NEW') {
    if (id)
      throw invalidAgreement(
        'INVALID_SOURCE_AGREEMENT_IDENTIFIER',
        'sourceAgreementIdentifier does not go with intent NEW.',
      )
    await requireNone(db, ctx.account, product, ctx.now().getTime())
    return undefined
  }
  const source = await requireSource(db, id, ctx)
  if (source.product !== product)
    throw invalidAgreement(
      'INVALID_SOURCE_AGREEMENT_IDENTIFIER',
      `Agreement ${id} is about product ${source.product}, not ${product}.`,
    )
  return source
}

/**
 * Who pays by dates owes the rest, and whose renewal is decided owes that: both get out of it by the seller alone, with a cancellation or a private offer
 * that was made since.
 */
function requireReplaceable(source: Agreement, offer: Offer, now: number): void {
  const { id, accepted, document } = source
  const owes = (document.installments ?? []).some(({ time }) => time > now)
  const isDecided = renews(source) && now >= decidedAt(source)
  if (!(owes || isDecided) || (isPrivate(offer) && offer.released > accepted)) return
  const why = owes ? 'whose payments are not over' : 'whose renewal is decided'
  throw invalidAgreement(
    'UNSUPPORTED_ACTION',
    `Agreement ${id} is a contract ${why}; ask the seller to cancel it, or for a private offer in its place.`,
  )
}

async function requireNone(db: Kysely<Database>, account: string, product: string, now: number): Promise<void> {
  const current = await latestAgreement(db, account, product)
  if (current?.status !== 'ACTIVE') return
  // What follows on one that has just ended would be a second agreement beside a new one.
  const then = isActive(current, now)
    ? 'is active; replace it with intent REPLACE'
    : 'is at its end; ask again in a moment'
  throw new ServiceError('ConflictException', `Agreement ${current.id} on product ${product} ${then}.`, {
    fields: { resourceId: current.id, resourceType: 'Agreement' },
  })
}

/** A trial is had once, however many requests with it were made before. */
async function requireNoTrialYet(
  db: Kysely<Database>,
  account: string,
  product: string,
  terms: readonly Term[],
): Promise<void> {
  if (!findTerm(terms, 'FreeTrialPricingTerm')) return
  const used = await db
    .selectFrom('market_agreement')
    .select('id')
    .where('acceptor', '=', account)
    .where('product', '=', product)
    .where('trial', '=', 1)
    .executeTakeFirst()
  if (used)
    throw invalidAgreement(
      'INCOMPATIBLE_TERMS',
      `The free trial of product ${product} was used with agreement ${used.id}; leave its term out.`,
    )
}

/** Makes the agreement. Accepting a request again answers with the same agreement. */
export const acceptAgreementRequest: Op<'AcceptAgreementRequest'> = async (input, ctx) =>
  ctx.store.transaction(async tx => {
    const { agreementRequestId: id, purchaseOrders = [] } = input
    const request = await tx.db
      .selectFrom('market_agreement_request')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (request?.account !== ctx.account)
      throw new ServiceError('ResourceNotFoundException', `Agreement request ${id} was not found.`, {
        fields: { resourceId: id, resourceType: 'AgreementRequest' },
      })
    if (request.agreement) return { agreementId: request.agreement }
    const now = ctx.now().getTime()
    if (request.expires <= now)
      throw invalidAgreement(
        'INVALID_AGREEMENT_REQUEST_ID',
        `Agreement request ${id} expired at ${new Date(request.expires).toISOString()}.`,
      )
    const quote: Quote = JSON.parse(request.document)
    const agreementId =
      request.intent === 'AMEND' ? await amend(tx, quote, ctx) : await agree(tx, id, request.intent, quote, ctx)
    const charges = chargeSummary(id, quote, request.intent, now).expectedCharges.map(each => each.id)
    for (const { chargeId, purchaseOrderReference } of purchaseOrders) {
      if (!chargeId || !charges.includes(chargeId))
        throw invalidAgreement('INVALID_CHARGE_ID', `Agreement request ${id} has no charge ${chargeId}.`)
      if (purchaseOrderReference)
        await tx.db
          .insertInto('market_purchase_order')
          .values({ charge: chargeId, agreement: agreementId, reference: purchaseOrderReference })
          .execute()
    }
    await tx.db.updateTable('market_agreement_request').set({ agreement: agreementId }).where('id', '=', id).execute()
    noteResource('AWS::MarketplaceAgreement::Agreement', agreementId)
    return { agreementId }
  })

async function agree(tx: Transaction, request: string, intent: string, quote: Quote, ctx: Context): Promise<string> {
  const now = ctx.now().getTime()
  const visible = await visibleOffer(tx.db, ctx.account, quote.offer)
  if (!visible || !isOpenTo(visible, ctx.account)) throw noSuchProposal(quote.proposal)
  if (visible.offer.document.proposal !== quote.proposal)
    throw invalidAgreement(
      'SUPERSEDED_AGREEMENT_PROPOSAL',
      `The terms of offer ${quote.offer} have changed; make a new request.`,
    )
  requireAvailable(visible.offer, now)
  await requireServed(tx.db, visible.offer, ctx.account)
  await requireProcurable(tx.db, ctx.account, quote.product)
  const replaced = intent === 'NEW' ? undefined : await requireSource(tx.db, quote.source, ctx)
  const { pricingModel, terms, autoRenew, product, offer, proposal } = quote
  await requireNoTrialYet(tx.db, ctx.account, product, terms)
  if (replaced) {
    requireReplaceable(replaced, visible.offer, now)
    await closeAgreement(tx, replaced.id, 'REPLACED', now)
  } else await requireNone(tx.db, ctx.account, product, now)
  const upfront = paidUpfront(terms) ? upfrontCharge(request) : ''
  const id = randomId('agmt-', 25)
  const installments = installmentsOf(terms, request, now)
  const initial = replaced && { initial: initialOf(replaced) }
  const document = { pricingModel, terms, autoRenew, upfrontCharge: upfront, installments, ...initial }
  const parties = { acceptor: ctx.account, proposer: visible.offer.account }
  const agreement = { id, ...parties, product, offer, proposal, accepted: now, starts: now, document }
  await insertAgreement(tx, agreement, { intent: replaced ? 'REPLACE' : 'NEW' })
  return id
}
