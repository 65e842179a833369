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
  readonly raise: string
}

export const newOffer: OfferValues = {
  ...{ product: '', name: '', description: '', expires: '', model: 'Usage', days: '365', isByRequest: false },
  ...{ prices: {}, upfront: '0', installments: '', buyers: '', refund: '', eula: 'standard', eulaUrl: '' },
  ...{ renews: false, renewals: '', raise: '0' },
}

/** A day that is not over. */
export const isDayToCome = (day: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(day) && Date.parse(`${day}T23:59:59Z`) > Date.now()

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

const renewal = ({ renewals, raise }: OfferValues) => ({
  Type: 'RenewalTerm',
  ...(renewals.trim() !== '' && { MaxRenewals: Number(renewals) }),
  PriceIncrease: { Type: 'FixedPercentage', Value: raise.trim() },
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
    raise: renewalTerm?.PriceIncrease?.Value ?? newOffer.raise,
  }
}
