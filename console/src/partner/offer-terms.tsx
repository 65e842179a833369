import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { PairTable } from '../kit/pair-table.tsx'
import { texts } from '../texts.ts'
import { wordsOf } from './listing-steps.tsx'
import { type OfferDetails, termOf } from './offer-document.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers
const daysOf = (duration: string | undefined): string => duration?.replace(/\D/g, '') ?? texts.none

/** What an offer costs, and its other terms. */
export function OfferTerms({ offer }: { readonly offer: OfferDetails }) {
  const rates = termOf(offer, 'UsageBasedPricingTerm')?.RateCards?.[0]?.RateCard ?? []
  const upfront = termOf(offer, 'FixedUpfrontPricingTerm')
  const trial = termOf(offer, 'FreeTrialPricingTerm')
  const legal = termOf(offer, 'LegalTerm')?.Documents ?? []
  const schedule = termOf(offer, 'PaymentScheduleTerm')?.Schedule ?? []
  const facts = [
    { label: words.model, value: offer.PricingModel },
    upfront && { label: words.upfront, value: upfront.Price },
    { label: words.days, value: daysOf(termOf(offer, 'ValidityTerm')?.AgreementDuration) },
    trial && { label: partnerTexts.pricing.trialDays, value: daysOf(trial.Duration) },
    { label: partnerTexts.refund.policy, value: termOf(offer, 'SupportTerm')?.RefundPolicy },
    { label: partnerTexts.eula.kind, value: legal.map(({ Type, Url }) => Url ?? Type).join(', ') },
    termOf(offer, 'RenewalTerm') && { label: words.renewals, value: termOf(offer, 'RenewalTerm')?.MaxRenewals },
  ]
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={3}
        items={facts.flatMap(fact => (fact ? [{ ...fact, value: fact.value || texts.none }] : []))}
      />
      <PairTable
        label={partnerTexts.pricing.table}
        pairs={rates.map(({ DimensionKey, Price }) => [wordsOf(DimensionKey), Price])}
      />
      {schedule.length > 0 && (
        <PairTable
          label={words.installments}
          pairs={schedule.map(({ ChargeDate, ChargeAmount }) => [ChargeDate, ChargeAmount])}
        />
      )}
    </SpaceBetween>
  )
}
