import { textTable } from './text-table.ts'

interface Usage {
  readonly dimension: string
  readonly unit: string
  readonly quantity: string
  readonly freeQuantity: string
  readonly amount: string
}

/** Of `GetSellerDashboard`. */
export interface SellerDashboard {
  readonly productTitle: string
  readonly funnel: readonly {
    readonly step: string
    readonly times?: number
    readonly accounts?: number
    readonly conversion?: string
  }[]
  readonly revenue: string
  readonly usage: readonly Usage[]
  readonly trials?: Readonly<Record<string, number>>
  readonly subscribers: Readonly<Record<string, number | string>>
}

/** Of `GetBuyerDashboard`. */
export interface BuyerDashboard {
  readonly totalAmount: string
  readonly spend: readonly { readonly productTitle: string; readonly seller: string; readonly amount: string }[]
  readonly agreements: Readonly<Record<string, number>>
}

const few = 'fewer than 5'

export const sellerText = ({ productTitle, funnel, revenue, usage, trials, subscribers }: SellerDashboard): string =>
  [
    textTable([[productTitle]]),
    textTable([
      ['', 'TIMES', 'ACCOUNTS', 'OF THE STEP BEFORE'],
      ...funnel.map(({ step, times, accounts, conversion }) => [
        ...[step.toLowerCase(), String(times ?? '-'), String(accounts ?? few)],
        conversion === undefined ? '-' : `${conversion} %`,
      ]),
    ]),
    textTable([
      ['DIMENSION', 'UNIT', 'QUANTITY', 'FREE', 'USD'],
      ...usage.map(line => [line.dimension, line.unit, line.quantity, line.freeQuantity, line.amount]),
      ['', '', '', '', revenue],
    ]),
    textTable([...counted('subscribers', subscribers), ...counted('trials', trials ?? {})]),
  ].join('\n')

export const buyerText = ({ totalAmount, spend, agreements }: BuyerDashboard): string =>
  [
    textTable([
      ['PRODUCT', 'SELLER', 'USD'],
      ...spend.map(({ productTitle, seller, amount }) => [productTitle, seller, amount]),
      ['', '', totalAmount],
    ]),
    textTable(counted('agreements', agreements)),
  ].join('\n')

const counted = (what: string, counts: Readonly<Record<string, number | string>>): string[][] =>
  Object.entries(counts).map(([name, count]) => [
    what,
    name.replaceAll(/[A-Z]|\d+/g, word => ` ${word.toLowerCase()}`),
    name === 'churn' ? `${count} %` : String(count),
  ])
