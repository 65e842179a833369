import type { AgreementStatus } from '../agreement/agreement-status.ts'
import { derivedId } from '../identifier.ts'
import { findTerm, type PaymentScheduleTerm, type Term } from '../term.ts'

/** One payment of a contract that is paid by dates. */
export interface Installment {
  /** Id of its charge. */
  readonly charge: string
  /** When it falls due, in milliseconds: as its day begins (UTC), or with the acceptance when that is later. */
  readonly time: number
  /** USD. */
  readonly amount: string
}

/** What a PaymentScheduleTerm that is accepted at a time asks for, in the order of time; charges are called after the request. */
export function installmentsOf(terms: readonly Term[], request: string, accepted: number): Installment[] {
  const { Schedule = [] } = findTerm(terms, 'PaymentScheduleTerm') ?? {}
  return Schedule.toSorted((one, other) => (one.ChargeDate < other.ChargeDate ? -1 : 1)).map(
    ({ ChargeDate, ChargeAmount: amount }) => ({
      charge: derivedId('ch-', 25, request, ChargeDate),
      time: Math.max(Date.parse(`${ChargeDate}T00:00:00Z`), accepted),
      amount,
    }),
  )
}

/** A schedule in the members that the Discovery and the Agreement API share. */
export const scheduleView = ({ CurrencyCode: currencyCode, Schedule }: PaymentScheduleTerm) => ({
  currencyCode,
  schedule: Schedule.map(({ ChargeDate, ChargeAmount: chargeAmount }) => ({
    chargeDate: new Date(ChargeDate),
    chargeAmount,
  })),
})

/** An agreement that has ended asks for no payment that was to come later. */
export const isOwed = (
  { time }: Installment,
  { accepted, ends, status }: { readonly accepted: number; readonly ends: number; readonly status: AgreementStatus },
): boolean => status === 'ACTIVE' || time < ends || time === accepted
