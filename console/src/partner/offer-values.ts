import type { Change } from '@aws-sdk/client-marketplace-catalog'
import { change, offer } from './change.ts'
import { dimensionsOf, lines, requestDimension } from './listing-values.ts'
import { buyersOf, endOf, type OfferDetails, termOf } from './offer-document.ts'
import type { Listed } from './own-product.ts'

/** A private offer as it stands on the screen. */
export interface OfferValues {
  readonly product: string
  readonly name: string
  readonly description: string
  /** A day, the last one of the offer. */
  readonly expires: string
  /** `Usage` or `Contract`. */
  readonly model: string
  readonly days: string
  readonly isByRequest: boolean
  /** By dimension. */
  readonly prices: Readonly<Record<string, string>>
  readonly upfront: string
  /** One a line: a day and an amount. */
  readonly installments: string
  readonly buyers: string
  readonly refund: string
  /** `standard` or `custom`. */
  readonly eula: string
  readonly eulaUrl: string
  readonly renews: boolean
  readonly renewals: string
  /** `fixed`, or `range`: the seller chooses within it until a deadline. */
  readonly uplift: string
  /** In per cent; of a range what counts unless the seller chooses. */
  readonly raise: string
  readonly leastRaise: string
  readonly mostRaise: string
  /** Days before the end of the agreement. */
  readonly adjustmentDays: string
}

export const newOffer: OfferValues = {
  ...{ product: '', name: '', description: '', expires: '', model: 'Usage', days: '365', isByRequest: false },
  ...{ prices: {}, upfront: '0', installments: '', buyers: '', refund: '', eula: 'standard', eulaUrl: '' },
  ...{ renews: false, renewals: '', uplift: 'fixed', raise: '0' },
  ...{ leastRaise: '0', mostRaise: '10', adjustmentDays: '30' },
}

/** A day that is not over. */
export const isDayToCome = (day: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(day) && Date.parse(`${day}T23:59:59Z`) > Date.now()

export const isPercentage = (text: string): boolean => /^\d{1,3}(\.\d{1,2})?$/.test(text.trim()) && Number(text) <= 100

/** A range with its default within it. */
export const isUpliftRange = (least: string, usual: string, most: string): boolean =>
  [least, usual, most].every(isPercentage) &&
  Number(least) < Number(most) &&
  Number(least) <= Number(usual) &&
  Number(usual) <= Number(most)

export const installmentLine = /^(\d{4}-\d\d-\d\d)\s+(\d+(?:\.\d{1,2})?)$/

/** One set of changes that makes the offer and releases it to its buyers (AWS Marketplace API Reference, "Work with private offers"). */
export function offerChanges(values: OfferValues, listed: Listed): readonly Change[] {
  const id = '$offer.Entity.Identifier'
  const { name, description, expires } = values
  const schedule = lines(values.installments).flatMap(line => {
    const [, ChargeDate, ChargeAmount] = installmentLine.exec(line) ?? []
    return ChargeDate === undefined ? [] : [{ ChargeDate, ChargeAmount }]
  })
  const validity = { Type: 'ValidityTerm', AgreementDuration: duration(values) }
  const installments = { Type: 'PaymentScheduleTerm', CurrencyCode: 'USD', Schedule: schedule }
  return [
    { ...change('CreateOffer', offer, undefined, { ProductId: values.product, Name: name }), ChangeName: 'offer' },
    change('UpdateInformation', offer, id, { Description: description.trim() === '' ? name : description }),
    change('UpdateTargeting', offer, id, { PositiveTargeting: { BuyerAccounts: lines(values.buyers) } }),
    change('UpdateAvailability', offer, id, { AvailabilityEndDate: expires }),
    change('UpdatePricingTerms', offer, id, pricing(values, listed)),
    change('UpdateValidityTerms', offer, id, { Terms: [validity] }),
    ...(values.renews && values.model === 'Contract'
      ? [change('UpdateRenewalTerms', offer, id, { Terms: [renewal(values)] })]
      : []),
    ...(schedule.length > 0 && values.model === 'Contract'
      ? [change('UpdatePaymentScheduleTerms', offer, id, { Terms: [installments] })]
      : []),
    change('UpdateLegalTerms', offer, id, { Terms: [{ Type: 'LegalTerm', Documents: [document(values)] }] }),
    change('UpdateSupportTerms', offer, id, { Terms: [{ Type: 'SupportTerm', RefundPolicy: values.refund }] }),
    change('ReleaseOffer', offer, id, {}),
  ]
}

const duration = ({ days }: OfferValues): string => `P${days.trim()}D`

function pricing(values: OfferValues, listed: Listed) {
  const keys = dimensionsOf(listed, values.isByRequest)
  const RateCard = keys.map(DimensionKey => ({ DimensionKey, Price: (values.prices[DimensionKey] ?? '').trim() }))
  const upfront = {
    ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: values.upfront.trim() },
    ...{ Duration: duration(values), Grants: keys.map(DimensionKey => ({ DimensionKey })) },
  }
  return {
    PricingModel: values.model,
    Terms: [
      { Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards: [{ RateCard }] },
      ...(values.model === 'Contract' ? [upfront] : []),
    ],
  }
}

const renewal = ({ renewals, uplift, raise, leastRaise, mostRaise, adjustmentDays }: OfferValues) => ({
  Type: 'RenewalTerm',
  ...(renewals.trim() !== '' && { MaxRenewals: Number(renewals) }),
  ...(uplift === 'fixed'
    ? { PriceIncrease: { Type: 'FixedPercentage', Value: raise.trim() } }
    : {
        PriceIncrease: {
          ...{ Type: 'PercentageRange', MinValue: leastRaise.trim(), MaxValue: mostRaise.trim() },
          DefaultValue: raise.trim(),
        },
        AdjustmentDeadline: `P${adjustmentDays.trim()}D`,
      }),
})

const document = ({ eula, eulaUrl }: OfferValues) =>
  eula === 'standard' ? { Type: 'StandardEula', Version: '2022-07-14' } : { Type: 'CustomEula', Url: eulaUrl.trim() }

/** The form of an offer like another: everything but its name. Of a public offer, its prices and its texts. */
export function offerLike(other: OfferDetails): OfferValues {
  const rates = termOf(other, 'UsageBasedPricingTerm')?.RateCards?.[0]?.RateCard ?? []
  const legal = termOf(other, 'LegalTerm')?.Documents?.[0]
  const renewalTerm = termOf(other, 'RenewalTerm')
  return {
    ...newOffer,
    product: other.ProductId ?? '',
    description: buyersOf(other).length > 0 ? (other.Description ?? '') : '',
    expires: endOf(other)?.slice(0, 10) ?? '',
    model: other.PricingModel === 'Contract' ? 'Contract' : 'Usage',
    days: termOf(other, 'ValidityTerm')?.AgreementDuration?.replace(/\D/g, '') ?? newOffer.days,
    isByRequest: rates.some(({ DimensionKey }) => DimensionKey === requestDimension),
    prices: Object.fromEntries(rates.map(({ DimensionKey, Price }) => [DimensionKey, Price])),
    upfront: termOf(other, 'FixedUpfrontPricingTerm')?.Price ?? newOffer.upfront,
    installments: (termOf(other, 'PaymentScheduleTerm')?.Schedule ?? [])
      .map(({ ChargeDate, ChargeAmount }) => `${ChargeDate} ${ChargeAmount}`)
      .join('\n'),
    buyers: buyersOf(other).join('\n'),
    refund: termOf(other, 'SupportTerm')?.RefundPolicy ?? '',
    eula: legal?.Type === 'CustomEula' ? 'custom' : 'standard',
    eulaUrl: legal?.Url ?? '',
    renews: renewalTerm !== undefined,
    renewals: String(renewalTerm?.MaxRenewals ?? ''),
    uplift: renewalTerm?.PriceIncrease?.Type === 'PercentageRange' ? 'range' : 'fixed',
    raise: renewalTerm?.PriceIncrease?.Value ?? renewalTerm?.PriceIncrease?.DefaultValue ?? newOffer.raise,
    leastRaise: renewalTerm?.PriceIncrease?.MinValue ?? newOffer.leastRaise,
    mostRaise: renewalTerm?.PriceIncrease?.MaxValue ?? newOffer.mostRaise,
    adjustmentDays: renewalTerm?.AdjustmentDeadline?.replace(/\D/g, '') ?? newOffer.adjustmentDays,
  }
}
