import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Kysely } from 'kysely'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import type { Database } from '../../store/database.ts'
import type { Transaction } from '../../store/store.ts'
import { addDuration, findTerm } from '../term.ts'
import { type Agreement, invalidAgreement, requireSource } from './agreement.ts'
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
function requireUndecided({ id, ends, document }: Agreement, now: number): void {
  const lockout = findTerm(document.terms, 'RenewalTerm')?.LockoutPeriod
  const until = lockout ? ends - addDuration(0, lockout) : ends
  if (now >= until)
    throw invalidAgreement(
      'UNSUPPORTED_ACTION',
      `The renewal of agreement ${id} was decided on ${new Date(until).toISOString()}.`,
    )
}

/** Carries the amendment out. */
export async function amend(tx: Transaction, quote: Quote, ctx: Context): Promise<string> {
  const source = await requireSource(tx.db, quote.source, ctx)
  requireUndecided(source, ctx.now().getTime())
  const document = JSON.stringify({ ...source.document, autoRenew: quote.autoRenew })
  await tx.db.updateTable('market_agreement').set({ document }).where('id', '=', source.id).execute()
  return source.id
}
