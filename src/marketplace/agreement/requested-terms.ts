import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Input } from '../../service/operation.ts'
import { findTerm, isShown, type Term, termId } from '../term.ts'
import { invalidAgreement } from './agreement.ts'

type RequestedTerm = Input<typeof Sdk, 'CreateAgreementRequest'>['requestedTerms'][number]

/**
 * The terms that a buyer asked for, all of the offer's except the free trial, which is a choice (AWS Marketplace API Reference, "Work
 * with the Agreement API as a buyer", required terms by pricing model). Throws ValidationException.
 */
export function acceptTerms(offer: string, offered: readonly Term[], requested: readonly RequestedTerm[]) {
  const byId = new Map(offered.filter(isShown).map(term => [termId(offer, term), term]))
  const asked = requested.map(({ id, configuration }) => {
    const term = byId.get(id)
    if (!term) throw invalidAgreement('INVALID_REQUESTED_TERM_ID', `Offer ${offer} has no term ${id}.`)
    checkConfiguration(term, id, configuration)
    return term
  })
  if (new Set(asked).size < asked.length)
    throw invalidAgreement('INVALID_REQUESTED_TERMS', 'A term is requested twice.')
  const missing = offered.filter(isShown).filter(term => term.Type !== 'FreeTrialPricingTerm' && !asked.includes(term))
  if (missing.length > 0) {
    const names = missing.map(term => `${term.Type} ${termId(offer, term)}`).join(', ')
    throw invalidAgreement('MISSING_MANDATORY_TERMS', `The offer can only be accepted with ${names}.`)
  }
  const isAsked = (term: Term) => asked.some(other => other === term)
  return { terms: offered.filter(term => !isShown(term) || isAsked(term)), autoRenew: renewalOf(requested) ?? false }
}

const renewalOf = (requested: readonly RequestedTerm[]): boolean | undefined =>
  requested
    .map(({ configuration }) => configuration?.renewalTermConfiguration?.enableAutoRenew)
    .find(choice => choice !== undefined)

function checkConfiguration(term: Term, id: string, configuration: RequestedTerm['configuration']): void {
  const given = Object.keys(configuration ?? {})
  if (term.Type === 'RenewalTerm' && !configuration?.renewalTermConfiguration)
    throw invalidAgreement('MISSING_REQUESTED_TERM_CONFIGURATION', `Term ${id} needs a renewalTermConfiguration.`)
  const wrong = given.find(name => term.Type !== 'RenewalTerm' || name !== 'renewalTermConfiguration')
  if (wrong)
    throw invalidAgreement('INVALID_REQUESTED_TERM_CONFIGURATION', `Term ${id}, a ${term.Type}, takes no ${wrong}.`)
}

/** An amendment turns renewal on or off; nothing else of an agreement can be configured. */
export function amendRenewal(offer: string, accepted: readonly Term[], requested: readonly RequestedTerm[]): boolean {
  const renewal = findTerm(accepted, 'RenewalTerm')
  const [asked] = requested
  if (!renewal || requested.length !== 1 || asked?.id !== termId(offer, renewal))
    throw invalidAgreement(
      'INVALID_REQUESTED_TERMS',
      'Only the RenewalTerm of an agreement that has one can be amended.',
    )
  checkConfiguration(renewal, asked.id, asked.configuration)
  return renewalOf(requested) ?? false
}
