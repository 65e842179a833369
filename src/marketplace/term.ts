import Big from 'big.js'
import { derivedId } from './identifier.ts'

/** The terms of an offer as the Catalog API writes them; prices are decimal strings. */
export type Term =
  | UsageBasedPricingTerm
  | { readonly Type: 'FreeTrialPricingTerm'; readonly Duration: string; readonly Grants: readonly Grant[] }
  | FixedUpfrontPricingTerm
  | { readonly Type: 'LegalTerm'; readonly Documents: readonly LegalDocument[] }
  | { readonly Type: 'SupportTerm'; readonly RefundPolicy: string }
  | ValidityTerm
  | PaymentScheduleTerm
  | RenewalTerm
  | { readonly Type: 'NetPaymentTerm'; readonly PaymentDuePeriod: string }

interface UsageBasedPricingTerm {
  readonly Type: 'UsageBasedPricingTerm'
  readonly CurrencyCode: 'USD'
  readonly RateCards: readonly [{ readonly RateCard: readonly Rate[] }]
}

interface FixedUpfrontPricingTerm {
  readonly Type: 'FixedUpfrontPricingTerm'
  readonly CurrencyCode: 'USD'
  readonly Price: string
  readonly Duration: string
  readonly Grants: readonly Grant[]
}

/** An agreement ends after a time or with a day, `YYYY-MM-DD` in UTC: one of the two. */
interface ValidityTerm {
  readonly Type: 'ValidityTerm'
  readonly AgreementDuration?: string
  readonly AgreementEndDate?: string
  /** Of SaaS products alone; refused when the offer is released. */
  readonly AgreementStartDate?: string
}

/** A contract's price in installments, each due at the beginning of its day (UTC). */
export interface PaymentScheduleTerm {
  readonly Type: 'PaymentScheduleTerm'
  readonly CurrencyCode: 'USD'
  readonly Schedule: readonly { readonly ChargeDate: string; readonly ChargeAmount: string }[]
}

/** The end of an agreement begins the next one, if the buyer wants it. */
export interface RenewalTerm {
  readonly Type: 'RenewalTerm'
  /** Days before the end in which the buyer's choice is final. */
  readonly LockoutPeriod?: string
  readonly MaxRenewals?: number
  readonly PriceIncrease?: PriceIncrease
  /** Days before the end until which the seller may choose within a range; then its default holds. */
  readonly AdjustmentDeadline?: string
  /** How the next agreement is paid in installments, as this one is. */
  readonly TermTemplates?: readonly PaymentScheduleTermTemplate[]
}

interface PaymentScheduleTermTemplate {
  readonly Type: 'PaymentScheduleTermTemplate'
  readonly Schedule: readonly PaymentScheduleEntry[]
}

/** A part of the price in percent, so long after the beginning; `DayOfMonth` moves it within its month. */
export interface PaymentScheduleEntry {
  readonly ChargeDateOffset: string
  readonly ChargePercentage: string
  readonly DayOfMonth?: number
}

/** Percentages, as decimal strings. */
export type PriceIncrease =
  | { readonly Type: 'FixedPercentage'; readonly Value: string }
  | {
      readonly Type: 'PercentageRange'
      readonly MinValue: string
      readonly MaxValue: string
      readonly DefaultValue: string
    }

export interface Rate {
  readonly DimensionKey: string
  readonly Price: string
}

export interface Grant {
  readonly DimensionKey: string
  readonly MaxQuantity?: number
}

interface LegalDocument {
  readonly Type: 'CustomEula' | 'StandardEula'
  readonly Url?: string
  readonly Version?: string
}

export type TermType = Term['Type']

export const pricingTypes: readonly string[] = [
  'UsageBasedPricingTerm',
  'FreeTrialPricingTerm',
  'FixedUpfrontPricingTerm',
]

export const findTerm = <Type extends TermType>(terms: readonly Term[], type: Type) =>
  terms.find((term): term is Extract<Term, { Type: Type }> => term.Type === type)

/** What is paid on acceptance; nothing when it is paid in installments. */
export const paidUpfront = (terms: readonly Term[]) =>
  findTerm(terms, 'PaymentScheduleTerm') ? undefined : findTerm(terms, 'FixedUpfrontPricingTerm')

/** The same content has the same id: what buyers name in an agreement request. */
export const termId = (offer: string, term: Term): string => derivedId('term-', 40, offer, JSON.stringify(term))

/** A term that the Agreement and the Discovery API have members for; the others come with the acceptance. */
export type ShownTerm = Exclude<Term, { Type: 'NetPaymentTerm' }>

export const isShown = (term: Term): term is ShownTerm => term.Type !== 'NetPaymentTerm'

export const ratesOf = (terms: readonly Term[]): readonly Rate[] =>
  findTerm(terms, 'UsageBasedPricingTerm')?.RateCards[0].RateCard ?? []

export const price = (value: string | number): string => Big(value).toFixed()

/** The last millisecond of a day `YYYY-MM-DD` in UTC; NaN for a day that the calendar lacks. */
export function endOfDay(date: string): number {
  const start = Date.parse(`${date}T00:00:00.000Z`)
  return new Date(start || 0).toISOString().startsWith(date) ? start + 86_399_999 : Number.NaN
}

/** When an agreement on these terms ends that starts at a time; undefined when it has no end. */
export function validUntil(terms: readonly Term[], starts: number): number | undefined {
  const validity = findTerm(terms, 'ValidityTerm')
  if (validity?.AgreementEndDate) return endOfDay(validity.AgreementEndDate)
  return validity?.AgreementDuration ? addDuration(starts, validity.AgreementDuration) : undefined
}

/** `P30D`, `P12M`, `P1Y` after a time, by the calendar in UTC; a day that a month lacks becomes its last. */
export function addDuration(from: number, iso: string): number {
  const count = Number(iso.slice(1, -1))
  const date = new Date(from)
  if (iso.endsWith('D')) return from + count * 86_400_000
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + (iso.endsWith('Y') ? count * 12 : count))
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date.getTime()
}

/** The Standard Contract for AWS Marketplace, version 2022-07-14 (AWS Marketplace API Reference, "Update legal resources"). */
export const standardContract =
  'https://s3.amazonaws.com/aws-mp-standard-contracts/Standard-Contact-for-AWS-Marketplace-2022-07-14.pdf'
