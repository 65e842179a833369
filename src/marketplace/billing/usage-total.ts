import Big from 'big.js'

type Row = Readonly<Record<string, string>>

/** What rows of a usage report come to; of any number of rows it keeps one sum for each dimension. */
export interface UsageTotal {
  add(row: Row): void
  amount(): Big
  /** In the order of the dimensions' names. */
  byDimension(): DimensionTotal[]
}

interface DimensionTotal {
  readonly dimension: string
  readonly unit: string
  readonly quantity: string
  readonly freeQuantity: string
  readonly amount: string
}

export function createUsageTotal(): UsageTotal {
  const sums = new Map<string, { dimension: string; unit: string; quantity: bigint; free: bigint; amount: Big }>()
  return {
    add({ dimension = '', unit = '', quantity = '0', free_quantity: free = '0', amount = '0' }) {
      const key = `${dimension}\n${unit}`
      const sum = sums.get(key) ?? { dimension, unit, quantity: 0n, free: 0n, amount: Big(0) }
      sum.quantity += BigInt(quantity)
      sum.free += BigInt(free)
      sum.amount = sum.amount.plus(amount)
      sums.set(key, sum)
    },
    amount: () => [...sums.values()].reduce((all, sum) => all.plus(sum.amount), Big(0)),
    byDimension: () =>
      [...sums]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, { dimension, unit, quantity, free, amount }]) => ({
          ...{ dimension, unit, quantity: String(quantity), freeQuantity: String(free), amount: amount.toFixed() },
        })),
  }
}
