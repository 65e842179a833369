import Big from 'big.js'
import type { Offer } from '../offer-document.ts'
import {
  addDuration,
  endOfDay,
  findTerm,
  type PriceIncrease,
  type RenewalTerm,
  type Term,
  validUntil,
} from '../term.ts'
import { ChangeRefused } from './change-refused.ts'

/**
 * The rules of the terms that only private offers have (AWS Marketplace API Reference, "Work with private offers": update validity,
 * renewal and payment schedule, publish an offer). All throw ChangeRefused.
 */

/** An agreement ends after a duration or with a day that lies behind the last on which the offer can be accepted. */
export function checkValidity({ document, ends }: Offer): void {
  const validity = findTerm(document.terms, 'ValidityTerm')
  const { AgreementDuration: duration, AgreementEndDate: date } = validity ?? {}
  if (!validity) return
  if (validity.AgreementStartDate)
    throw new ChangeRefused(
      'INCOMPATIBLE_PRODUCT',
      'AgreementStartDate is for SaaS products; agreements on machine learning products begin when they are accepted.',
    )
  if ((duration === undefined) === (date === undefined))
    throw new ChangeRefused(
      'INVALID_AGREEMENT_TIME_INTERVAL',
      'ValidityTerm has an AgreementDuration or an AgreementEndDate, not both.',
    )
  if (date && !(endOfDay(date) > ends))
    throw new ChangeRefused(
      'INVALID_AGREEMENT_END_DATE',
      'Provide an AgreementEndDate that is after the AvailabilityEndDate.',
    )
}

/** Contracts alone renew, and say how their price rises (Seller Guide, "Managing agreement renewals"). */
export function checkRenewal({ document: { terms } }: Offer): void {
  const renewal = findTerm(terms, 'RenewalTerm')
  if (!renewal) return
  const duration = findTerm(terms, 'ValidityTerm')?.AgreementDuration
  if (!duration || !findTerm(terms, 'FixedUpfrontPricingTerm'))
    throw new ChangeRefused(
      'INCOMPATIBLE_TERMS',
      'RenewalTerm needs a contract (FixedUpfrontPricingTerm) with a ValidityTerm that has an AgreementDuration.',
    )
  if (!renewal.PriceIncrease)
    throw new ChangeRefused('MISSING_PRICE_INCREASE', 'Provide a PriceIncrease in RenewalTerm of a private offer.')
  if (renewal.LockoutPeriod && addDuration(0, renewal.LockoutPeriod) >= addDuration(0, duration))
    throw new ChangeRefused(
      'INVALID_LOCKOUT_PERIOD',
      'Provide a LockoutPeriod that is less than the agreement duration.',
    )
  checkIncrease(renewal, renewal.PriceIncrease, duration)
  checkTemplate(terms, renewal, duration)
}

/** What is paid in installments is so again, by a schedule that has all of the price in it. */
function checkTemplate(
  terms: readonly Term[],
  { TermTemplates: [template] = [] }: RenewalTerm,
  duration: string,
): void {
  const isScheduled = findTerm(terms, 'PaymentScheduleTerm') !== undefined
  if (isScheduled && !template)
    throw new ChangeRefused(
      'MISSING_PAYMENT_SCHEDULE_TERM_TEMPLATE',
      'Provide a PaymentScheduleTermTemplate in TermTemplates of RenewalTerm beside a PaymentScheduleTerm.',
    )
  if (!template) return
  const offsets = template.Schedule.map(({ ChargeDateOffset }) => ChargeDateOffset)
  const sum = template.Schedule.reduce((total, entry) => total.plus(entry.ChargePercentage), Big(0))
  const isInDays = offsets.every(offset => offset.endsWith('D'))
  const why = !isScheduled
    ? 'goes with a PaymentScheduleTerm alone'
    : template.Schedule.some(({ ChargePercentage }) => Big(ChargePercentage).eq(0)) || !sum.eq(100)
      ? 'has percentages from 0.01 that are 100 together'
      : !isInDays && offsets.some(offset => offset.endsWith('D'))
        ? 'has offsets in days or in months, not both'
        : isInDays && template.Schedule.some(({ DayOfMonth }) => DayOfMonth !== undefined)
          ? 'has a DayOfMonth beside offsets in months alone'
          : offsets.some(offset => addDuration(0, offset) >= addDuration(0, duration))
            ? 'has offsets that are less than the agreement duration'
            : undefined
  if (why) throw new ChangeRefused('INCOMPATIBLE_TERMS', `A PaymentScheduleTermTemplate ${why}.`)
}

/** The seller may choose within a range until a deadline, which lies a day before the buyer's choice is final, at least. */
function checkIncrease(renewal: RenewalTerm, increase: PriceIncrease, duration: string): void {
  const { LockoutPeriod: lockout = 'P0D', AdjustmentDeadline: deadline } = renewal
  if (increase.Type === 'FixedPercentage') {
    if (deadline)
      throw new ChangeRefused('INVALID_ADJUSTMENT_DEADLINE', 'AdjustmentDeadline goes with a PercentageRange alone.')
    return
  }
  const [least, most, usual] = [increase.MinValue, increase.MaxValue, increase.DefaultValue].map(each => Big(each))
  if (!least || !most || !usual || least.gte(most) || usual.lt(least) || usual.gt(most))
    throw new ChangeRefused(
      'INVALID_PERCENTAGE_RANGE',
      'Provide a MinValue below the MaxValue, and a DefaultValue between them.',
    )
  if (!deadline)
    throw new ChangeRefused('MISSING_ADJUSTMENT_DEADLINE', 'Provide an AdjustmentDeadline with a PercentageRange.')
  const [end, early] = [addDuration(0, deadline), addDuration(0, lockout)]
  if (end < early + 86_400_000 || end >= addDuration(0, duration))
    throw new ChangeRefused(
      'INVALID_ADJUSTMENT_DEADLINE',
      'Provide an AdjustmentDeadline that is a day longer than the LockoutPeriod, and less than the agreement duration.',
    )
}

/** Installments are the price of a contract whose FixedUpfrontPricingTerm has none of its own. */
export function checkPaymentSchedule({ document: { terms }, ends, released }: Offer): void {
  const term = findTerm(terms, 'PaymentScheduleTerm')
  if (!term) return
  const upfront = findTerm(terms, 'FixedUpfrontPricingTerm')
  if (!upfront)
    throw new ChangeRefused(
      'MISSING_MANDATORY_TERMS',
      'Provide a FixedUpfrontPricingTerm when the offer contains a PaymentScheduleTerm.',
    )
  if (!Big(upfront.Price).eq(0))
    throw new ChangeRefused(
      'INCOMPATIBLE_TERMS',
      'FixedUpfrontPricingTerm has the Price 0 beside a PaymentScheduleTerm.',
    )
  const dates = term.Schedule.map(({ ChargeDate }) => ChargeDate).sort()
  const last = endOfDay(dates.at(-1) ?? '')
  if (dates.some(date => Number.isNaN(endOfDay(date))))
    throw new ChangeRefused('INVALID_CHARGE_DATES', 'Provide charge dates of the calendar.')
  if (new Set(dates).size < dates.length)
    throw new ChangeRefused('DUPLICATE_CHARGE_DATES', 'Provide unique charge dates in PaymentScheduleTerm.')
  if (endOfDay(dates[0] ?? '') < released)
    throw new ChangeRefused('INVALID_CHARGE_DATES', "Provide a first charge date that isn't in the past.")
  if (last >= (validUntil(terms, released) ?? Number.POSITIVE_INFINITY))
    throw new ChangeRefused(
      'INVALID_CHARGE_DATES',
      'Provide a last charge date that is before the end of the agreement.',
    )
  if (dates.filter(date => endOfDay(date) <= ends).length > 1)
    throw new ChangeRefused(
      'TOO_MANY_BACKDATED_CHARGES',
      'Provide up to 1 scheduled payment before AvailabilityEndDate.',
    )
}
