import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Kysely } from 'kysely'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import type { Database } from '../../store/database.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Transaction } from '../../store/store.ts'
import { addDuration, findTerm } from '../term.ts'
import { type Agreement, invalidAgreement, requireSource } from './agreement.ts'
import { tellAmended } from './agreement-event.ts'
import type { Quote } from './quote.ts'
import { amendRenewal } from './requested-terms.ts'

/** What an agreement would be with its renewal turned on or off; nothing else of it can be amended. */
export async function quoteAmendment(
  db: Kysely<Database>,
  input: Input<typeof Sdk, 'CreateAgreementRequest'>,
  ctx: Context,
): Promise<Quote> {
  if (input.agreementProposalIdentifier)
    throw invalidAgreement(
      'INVALID_AGREEMENT_PROPOSAL_IDENTIFIER',
      'agreementProposalIdentifier does not go with intent AMEND.',
    )
  const source = await requireSource(db, input.sourceAgreementIdentifier, ctx)
  const { product, offer, proposal, document, id } = source
  requireUndecided(source, ctx.now().getTime())
  const autoRenew = amendRenewal(offer, document.terms, input.requestedTerms)
  const { terms, pricingModel } = document
  return { product, offer, proposal, pricingModel, terms, autoRenew, source: id }
}

/** In the last days of an agreement its buyer's choice is final, if its terms say so. */
export function requireUndecided(agreement: Agreement, now: number): void {
  if (agreement.document.optedOut)
    throw invalidAgreement('UNSUPPORTED_ACTION', `The seller of agreement ${agreement.id} does not renew it.`)
  const until = decidedAt(agreement)
  if (now >= until)
    throw invalidAgreement(
      'UNSUPPORTED_ACTION',
      `The renewal of agreement ${agreement.id} was decided on ${new Date(until).toISOString()}.`,
    )
}

/** When the renewal is decided. */
export function decidedAt({ ends, document }: Agreement): number {
  const lockout = findTerm(document.terms, 'RenewalTerm')?.LockoutPeriod
  return lockout ? ends - addDuration(0, lockout) : ends
}

/** Carries the amendment out. */
export async function amend(tx: Transaction, quote: Quote, ctx: Context): Promise<string> {
  const source = await requireSource(tx.db, quote.source, ctx)
  requireUndecided(source, ctx.now().getTime())
  const document = JSON.stringify({ ...source.document, autoRenew: quote.autoRenew })
  await tx.db.updateTable('market_agreement').set({ document }).where('id', '=', source.id).execute()
  const lockoutStart = decidedAt(source)
  await tellAmended(tx, source, {
    ...{ autoRenewalEnabled: quote.autoRenew, disabledBy: 'ACCEPTOR' },
    ...(lockoutStart < never && { lockoutStart }),
  })
  return source.id
}
