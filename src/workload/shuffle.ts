import { createHash } from 'node:crypto'

/**
 * The items in an order that the seed and the epoch determine, the same on every host and after every restart; a new array. Source:
 * SageMaker API reference, ShuffleConfig (which does not name the generator: this one is ours).
 */
export function shuffled<Item>(items: ArrayLike<Item>, seed: number, epoch: number): Item[] {
  const order = Array.from(items)
  const next = generator(seed, epoch)
  for (let last = order.length - 1; last > 0; last--) {
    const other = next() % (last + 1)
    const item = order[last] as Item
    order[last] = order[other] as Item
    order[other] = item
  }
  return order
}

/** Small fast counter, 32 bits at a time (sfc32 of the PractRand suite), begun from a hash so that near seeds are far apart. */
function generator(seed: number, epoch: number): () => number {
  const hash = createHash('sha256').update(`${seed} ${epoch}`).digest()
  let a = hash.readUInt32LE(0)
  let b = hash.readUInt32LE(4)
  let c = hash.readUInt32LE(8)
  let counter = hash.readUInt32LE(12)
  return () => {
    const result = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = (b ^ (b >>> 9)) >>> 0
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + result) >>> 0
    return result
  }
}

/** This host's share of the items: each n-th. */
export const share = <Item>(items: readonly Item[], { index, count }: { index: number; count: number }): Item[] =>
  count === 1 ? [...items] : items.filter((_, at) => at % count === index)
