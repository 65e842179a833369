import type { OfferTerm, Rate } from './discovery.ts'

/** What an hour of one instance type costs, by use; undefined where it is not offered. */
export interface PriceRow {
  readonly instanceType: string
  readonly training?: string
  readonly realtime?: string
  readonly batch?: string
}

export interface OfferPrice {
  readonly currency: string
  readonly rows: readonly PriceRow[]
  /** Of one request to an endpoint, where it is not paid by the hour. */
  readonly perRequest?: string
}

const uses = { 'a.t': 'training', 'm.i.r': 'realtime', 'm.i.b': 'batch' } as const

/** The pay-as-you-go prices of an offer. Dimensions are named as sellers name them: `ml.m5.large.a.t`, `m.i.c` (the request). */
export function offerPrice(terms: readonly OfferTerm[]): OfferPrice | undefined {
  const term = terms.find(each => each.usageBasedPricingTerm)?.usageBasedPricingTerm
  if (!term) return undefined
  const rates = term.rateCards.flatMap(({ rateCard }) => rateCard)
  const rows = new Map<string, PriceRow>()
  for (const { dimensionKey, price } of rates) {
    const [, instanceType = '', use = ''] = /^(.+)\.(a\.t|m\.i\.[rb])$/.exec(dimensionKey) ?? []
    if (use === '') continue
    const row = rows.get(instanceType) ?? { instanceType }
    rows.set(instanceType, { ...row, [uses[use as keyof typeof uses]]: price })
  }
  const request = rates.find(({ dimensionKey }: Rate) => /(^|\.)m\.i\.c$/.test(dimensionKey))
  return {
    currency: term.currencyCode,
    rows: [...rows.values()],
    ...(request && { perRequest: request.price }),
  }
}

const units: Readonly<Record<string, string>> = { D: 'day', M: 'month', Y: 'year', W: 'week' }

/** An ISO 8601 duration of one unit in words: `P14D` is `14 days`. */
export function durationWords(duration: string | undefined): string | undefined {
  const [, count = '', unit = ''] = /^P(\d+)([DWMY])$/.exec(duration ?? '') ?? []
  return count === '' ? duration : `${count} ${units[unit]}${count === '1' ? '' : 's'}`
}
