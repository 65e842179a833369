/**
 * Keeps the best `limit` of many: higher scores first, or lower ones when `ascending`, and of equal scores the lower rank. A heap whose
 * top is the worst that is kept, so that most of many are turned away by one comparison.
 */
export interface BestHits {
  offer(item: number, score: number, rank: number): void
  /** Items, best first. */
  sorted(): { readonly item: number; readonly score: number }[]
}

interface Kept {
  readonly item: number
  readonly score: number
  readonly rank: number
}

export function keepBest(limit: number, ascending: boolean): BestHits {
  const heap: Kept[] = []
  const isWorse = (one: Kept, other: Kept): boolean =>
    one.score === other.score ? one.rank > other.rank : one.score > other.score === ascending
  let worst: Kept | undefined

  function rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!isWorse(heap[at] as Kept, heap[parent] as Kept)) return
      swap(at, parent)
      at = parent
    }
  }

  function sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= heap.length) return
      const right = left + 1
      const worse = right < heap.length && isWorse(heap[right] as Kept, heap[left] as Kept) ? right : left
      if (!isWorse(heap[worse] as Kept, heap[at] as Kept)) return
      swap(at, worse)
      at = worse
    }
  }

  function swap(one: number, other: number): void {
    const held = heap[one] as Kept
    heap[one] = heap[other] as Kept
    heap[other] = held
  }

  return {
    offer(item, score, rank) {
      // Most of many end here, before anything is made for them.
      if (worst && (score === worst.score ? rank > worst.rank : score > worst.score === ascending)) return
      if (worst) {
        heap[0] = { item, score, rank }
        sink()
      } else {
        heap.push({ item, score, rank })
        rise(heap.length - 1)
      }
      if (heap.length === limit) worst = heap[0]
    },
    sorted: () => heap.toSorted((one, other) => (isWorse(one, other) ? 1 : -1)),
  }
}
