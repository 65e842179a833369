import { ServiceError } from '../../ground/errors.ts'
import type { Operation } from '../../service/operation.ts'
import { invalidAgreement, requireParty, requireProposer } from '../agreement/agreement.ts'
import type { Op } from '../agreement/agreement-operation.ts'
import { partyColumn } from '../agreement/agreement-party.ts'
import { checkAgreementCatalog } from '../agreement/agreement-type.ts'
import { termId } from '../term.ts'

/**
 * Payments are requested against a VariablePaymentTerm, which offers of professional services have and offers of machine learning
 * products have not: every request is refused for its term, and none is ever found.
 */
export const sendAgreementPaymentRequest: Op<'SendAgreementPaymentRequest'> = async (input, ctx) => {
  const { document, offer, id } = await requireProposer(ctx.store.db, input.agreementId, ctx.account)
  const term = document.terms.find(each => termId(offer, each) === input.termId)
  throw invalidAgreement(
    'INVALID_TERM_ID',
    term
      ? `Term ${input.termId} is a ${term.Type}; payments are requested against a VariablePaymentTerm, which agreements on machine learning products do not have.`
      : `Agreement ${id} has no term ${input.termId}.`,
  )
}

/** What every operation on one payment request answers: the agreement is looked at first, so that strangers learn nothing. */
export const findNoPaymentRequest: Operation<{ agreementId: string; paymentRequestId: string }, never> = async (
  { agreementId, paymentRequestId: id },
  ctx,
) => {
  await requireParty(ctx.store.db, agreementId, ctx.account)
  throw new ServiceError('ResourceNotFoundException', `Agreement ${agreementId} has no payment request ${id}.`, {
    fields: { resourceId: id, resourceType: 'PaymentRequest' },
  })
}

export const listAgreementPaymentRequests: Op<'ListAgreementPaymentRequests'> = async (input, ctx) => {
  checkAgreementCatalog(input.catalog)
  partyColumn(input.partyType)
  if (input.nextToken !== undefined) throw invalidAgreement('INVALID_NEXT_TOKEN', 'There is no further page.')
  if (input.agreementId) await requireParty(ctx.store.db, input.agreementId, ctx.account)
  return { items: [] }
}
