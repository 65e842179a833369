/** Billing goes by calendar months in UTC. */
export interface BillingMonth {
  readonly year: number
  readonly month: number
}

export const monthOf = (time: number): BillingMonth => {
  const date = new Date(time)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 }
}

export const monthStart = ({ year, month }: BillingMonth): number => Date.UTC(year, month - 1, 1)

/** The first millisecond of the month after the one that holds a time. */
export const monthAfter = (time: number): number => {
  const { year, month } = monthOf(time)
  return Date.UTC(year, month, 1)
}
