import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Output } from '../../service/operation.ts'
import { scheduleView } from '../billing/installment.ts'
import { renewalView } from '../renewal-view.ts'
import { type Grant, type RenewalTerm, type ShownTerm, standardContract, termId } from '../term.ts'
import type { Agreement } from './agreement.ts'

export type AcceptedTerm = NonNullable<Output<typeof Sdk, 'GetAgreementTerms'>['acceptedTerms']>[number]

const grants = (given: readonly Grant[]) =>
  given.map(({ DimensionKey, MaxQuantity }) => ({
    dimensionKey: DimensionKey,
    ...(MaxQuantity !== undefined && { maxQuantity: MaxQuantity }),
  }))

/** A term of an agreement in the members of the Agreement API. */
export function acceptedTerm({ offer, starts, ends, document }: Agreement, term: ShownTerm): AcceptedTerm {
  const common = { type: term.Type, id: termId(offer, term) }
  switch (term.Type) {
    case 'UsageBasedPricingTerm': {
      const rateCard = term.RateCards[0].RateCard.map(rate => ({ dimensionKey: rate.DimensionKey, price: rate.Price }))
      return { usageBasedPricingTerm: { ...common, currencyCode: term.CurrencyCode, rateCards: [{ rateCard }] } }
    }
    case 'FreeTrialPricingTerm':
      return { freeTrialPricingTerm: { ...common, duration: term.Duration, grants: grants(term.Grants) } }
    case 'FixedUpfrontPricingTerm': {
      const { CurrencyCode: currencyCode, Duration: duration, Price: price } = term
      return { fixedUpfrontPricingTerm: { ...common, currencyCode, duration, price, grants: grants(term.Grants) } }
    }
    case 'LegalTerm': {
      const documents = term.Documents.map(({ Type, Url = standardContract, Version }) => ({
        type: Type,
        url: Url,
        ...(Version && { version: Version }),
      }))
      return { legalTerm: { ...common, documents } }
    }
    case 'SupportTerm':
      return { supportTerm: { ...common, refundPolicy: term.RefundPolicy } }
    case 'ValidityTerm': {
      const dates = { agreementStartDate: new Date(starts), agreementEndDate: new Date(ends) }
      const duration = term.AgreementDuration
      return { validityTerm: { ...common, ...(duration && { agreementDuration: duration }), ...dates } }
    }
    case 'PaymentScheduleTerm':
      return { paymentScheduleTerm: { ...common, ...scheduleView(term) } }
    case 'RenewalTerm':
      return {
        renewalTerm: {
          ...common,
          ...renewalView(term),
          ...increaseView(term),
          configuration: { enableAutoRenew: document.autoRenew },
        },
      }
  }
}

function increaseView({ PriceIncrease: increase }: RenewalTerm) {
  if (!increase) return {}
  if (increase.Type === 'FixedPercentage') return { priceIncrease: { fixedPercentage: { value: increase.Value } } }
  const range = { minValue: increase.MinValue, maxValue: increase.MaxValue, defaultValue: increase.DefaultValue }
  return { priceIncrease: { percentageRange: range } }
}
