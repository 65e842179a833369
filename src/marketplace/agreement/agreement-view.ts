import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Input } from '../../service/operation.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { AgreementTable } from '../../store/schema/market-agreement-tables.ts'
import { never } from '../../store/schema/market-columns.ts'
import { findEntity } from '../entity.ts'
import { findTerm, isShown } from '../term.ts'
import {
  type Agreement,
  agreementOf,
  closeAgreement,
  initialOf,
  invalidAgreement,
  isActive,
  requireAcceptor,
  requireParty,
} from './agreement.ts'
import { endBehavior } from './agreement-decision.ts'
import type { Op } from './agreement-operation.ts'
import { acceptedTerm } from './agreement-terms.ts'
import { agreementType, checkAgreementCatalog } from './agreement-type.ts'
import { agreementValue } from './agreement-value.ts'
import { renewalOfferId } from './renewal-offer.ts'

type Query = SelectQueryBuilder<Database, 'market_agreement', AgreementTable>

const view = (agreement: Agreement, now: number) => ({
  agreementId: agreement.id,
  acceptor: { accountId: agreement.acceptor },
  proposer: { accountId: agreement.proposer },
  startTime: new Date(agreement.starts),
  ...(agreement.ends < never && { endTime: new Date(agreement.ends) }),
  acceptanceTime: new Date(agreement.accepted),
  agreementType,
  proposalSummary: {
    resources: [{ id: agreement.product, type: 'MachineLearningProduct' }],
    offerId: agreement.offer,
  },
  status: agreement.status === 'ACTIVE' && !isActive(agreement, now) ? ('EXPIRED' as const) : agreement.status,
  initialAgreementId: initialOf(agreement),
})

/** What will be when it ends; of what has ended nothing is to come. */
const endOf = (agreement: Agreement, now: number) => (isActive(agreement, now) ? endBehavior(agreement) : undefined)

async function endTimeBehavior(db: Kysely<Database>, agreement: Agreement, now: number) {
  const end = endOf(agreement, now)
  if (!end) return {}
  const { type, reason } = end
  const offer = type === 'RENEW' ? await findEntity({ db }, renewalOfferId(agreement.id)) : undefined
  return {
    endTimeBehavior: {
      type,
      ...(reason && { reasonCode: reason }),
      // The offer of the next agreement is there once nobody can change it any more.
      ...(offer && { renewalSummary: { offerId: offer.id } }),
    },
  }
}

const summaryOf = (agreement: Agreement, now: number) => {
  const end = endOf(agreement, now)
  return {
    ...view(agreement, now),
    ...(end && { endTimeBehaviorType: end.type, ...(end.reason && { endTimeBehaviorReasonCode: end.reason }) }),
  }
}

export const describeAgreement: Op<'DescribeAgreement'> = async ({ agreementId }, ctx) => {
  const agreement = await requireParty(ctx.store.db, agreementId, ctx.account)
  const estimatedCharges = { currencyCode: 'USD', agreementValue: agreementValue(agreement.document.terms) }
  const now = ctx.now().getTime()
  return { ...view(agreement, now), ...(await endTimeBehavior(ctx.store.db, agreement, now)), estimatedCharges }
}

export const getAgreementTerms: Op<'GetAgreementTerms'> = async ({ agreementId, maxResults = 50, nextToken }, ctx) => {
  const listing = ['GetAgreementTerms', ctx.account, agreementId]
  const pages = paging<number>(listing, nextToken)
  const from = pages.after ?? 0
  const agreement = await requireParty(ctx.store.db, agreementId, ctx.account)
  const terms = agreement.document.terms.filter(isShown)
  return {
    acceptedTerms: terms.slice(from, from + maxResults).map(term => acceptedTerm(agreement, term)),
    ...(terms.length > from + maxResults && { nextToken: pages.token(from + maxResults) }),
  }
}

/** Ends a pay-as-you-go agreement at once: no new use; what runs goes on and is charged (AWS Marketplace Buyer Guide). */
export const cancelAgreement: Op<'CancelAgreement'> = async ({ agreementId }, ctx) => {
  await ctx.store.transaction(async tx => {
    const agreement = await requireAcceptor(tx.db, agreementId, ctx.account)
    const now = ctx.now().getTime()
    const { status } = agreement
    if (!isActive(agreement, now))
      throw new ServiceError('ConflictException', `Agreement ${agreementId} is ${status}, not in force.`, {
        fields: { resourceId: agreementId, resourceType: 'Agreement' },
      })
    if (findTerm(agreement.document.terms, 'FixedUpfrontPricingTerm'))
      throw invalidAgreement(
        'UNSUPPORTED_ACTION',
        `Agreement ${agreementId} is a contract; ask the seller to cancel it.`,
      )
    await closeAgreement(tx, agreementId, 'CANCELLED', now)
  })
  return {}
}

type Narrow = (query: Query, value: string) => Query

const by =
  (column: 'product' | 'offer' | 'acceptor' | 'proposer' | 'status' | 'id'): Narrow =>
  (query, value) =>
    query.where(column, '=', value)

const endTime =
  (compare: '<' | '>'): Narrow =>
  (query, value) => {
    const time = Date.parse(value)
    if (Number.isNaN(time)) throw invalidAgreement('INVALID_FILTER_VALUES', `${value} is not a time.`)
    return query.where('ends', compare, time).where('ends', '<', never)
  }

/** AWS allows certain combinations of these; here any goes. */
const filters: Readonly<Record<string, Narrow>> = {
  AgreementType: (query, value) => (value === agreementType ? query : query.where('id', '=', '')),
  ResourceIdentifier: by('product'),
  ResourceId: by('product'),
  ResourceType: (query, value) => (value === 'MachineLearningProduct' ? query : query.where('id', '=', '')),
  OfferId: by('offer'),
  AcceptorAccountId: by('acceptor'),
  ProposerAccountId: by('proposer'),
  AgreementId: by('id'),
  InitialAgreementId: (query, value) =>
    query.where(eb => eb.or([eb('id', '=', value), eb(sql`json(document) ->> 'initial'`, '=', value)])),
  Status: by('status'),
  BeforeEndTime: endTime('<'),
  AfterEndTime: endTime('>'),
}

const sortColumns: Readonly<Record<string, 'ends' | 'accepted'>> = { EndTime: 'ends', AcceptanceTime: 'accepted' }

/** Agreements of one side, newest acceptance first unless sorted by EndTime. PartyType and AgreementType are required. */
export const searchAgreements: Op<'SearchAgreements'> = async (input, ctx) => {
  const { nextToken, maxResults = 50, ...asked } = input
  checkAgreementCatalog(input.catalog)
  const listing = ['SearchAgreements', ctx.account, asked]
  const pages = paging<ColumnPlace>(listing, nextToken)
  const { sortBy = 'AcceptanceTime', sortOrder = 'DESCENDING' } = input.sort ?? {}
  const column = Object.hasOwn(sortColumns, sortBy) ? sortColumns[sortBy] : undefined
  if (!column) throw invalidAgreement('INVALID_SORT_BY', `Agreements cannot be sorted by ${sortBy}.`)
  const order = { column, direction: sortOrder === 'DESCENDING' ? 'desc' : 'asc' } as const
  const found = await inOrder(partyQuery(ctx.store.db, input, ctx.account), order, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found.map(agreementOf), maxResults, agreement => [agreement[column], agreement.id])
  return {
    agreementViewSummaries: items.map(agreement => summaryOf(agreement, ctx.now().getTime())),
    ...(next !== undefined && { nextToken: next }),
  }
}

function partyQuery(db: Kysely<Database>, input: Input<typeof Sdk, 'SearchAgreements'>, account: string): Query {
  const given = new Map((input.filters ?? []).map(({ name = '', values = [] }) => [name, values[0] ?? '']))
  for (const name of ['PartyType', 'AgreementType'])
    if (!given.has(name)) throw invalidAgreement('INVALID_FILTERS', `The filter ${name} is required.`)
  const party = given.get('PartyType')
  if (party !== 'Acceptor' && party !== 'Proposer')
    throw invalidAgreement('INVALID_FILTER_VALUES', 'PartyType is Acceptor or Proposer.')
  given.delete('PartyType')
  let query: Query = db.selectFrom('market_agreement').selectAll()
  query = query.where(party === 'Acceptor' ? 'acceptor' : 'proposer', '=', account)
  for (const [name, value] of given) {
    const narrow = Object.hasOwn(filters, name) ? filters[name] : undefined
    if (!narrow) throw invalidAgreement('INVALID_FILTER_NAME', `Agreements cannot be filtered by ${name}.`)
    query = narrow(query, value)
  }
  return query
}
