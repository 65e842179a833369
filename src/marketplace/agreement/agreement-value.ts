import Big from 'big.js'
import { ServiceError } from '../../ground/errors.ts'
import { findTerm, type Term } from '../term.ts'

/** What is sure to be paid on terms: up front and in installments, USD. */
export function agreementValue(terms: readonly Term[]): string {
  const { Schedule = [] } = findTerm(terms, 'PaymentScheduleTerm') ?? {}
  const upfront = findTerm(terms, 'FixedUpfrontPricingTerm')?.Price ?? 0
  return Schedule.reduce((sum, { ChargeAmount }) => sum.plus(ChargeAmount), Big(upfront)).toFixed()
}

/** USD, of a private offer (AWS Marketplace Developer Guide, "Service quotas for AWS Marketplace Agreement API"); by a public one nothing is sure to be paid. */
const mostValue = 1_000_000_000

export const isWithinValue = (terms: readonly Term[]): boolean => Big(agreementValue(terms)).lte(mostValue)

/** Throws ServiceQuotaExceededException for terms that are worth more than an agreement may be. */
export function requireValue(offer: string, terms: readonly Term[]): void {
  if (isWithinValue(terms)) return
  throw new ServiceError(
    'ServiceQuotaExceededException',
    `An agreement is worth ${mostValue} USD at most, and offer ${offer} comes to ${agreementValue(terms)}.`,
    { fields: { resourceId: offer, resourceType: 'Offer' } },
  )
}
