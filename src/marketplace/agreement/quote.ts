import type { PricingModel } from '../offer-document.ts'
import type { Term } from '../term.ts'

/** A quote: what would be accepted, and from which agreement it starts when it amends or replaces one. */
export interface Quote {
  readonly product: string
  readonly offer: string
  readonly proposal: string
  readonly pricingModel: PricingModel
  readonly terms: readonly Term[]
  readonly autoRenew: boolean
  readonly source?: string
}
