/** Numbers that look random and follow from a seed alone, so that a run can be had again. */
export interface Chance {
  /** At least `from`, below `to`. */
  between(from: number, to: number): number
  pick<Item>(items: readonly Item[]): Item | undefined
  shuffled<Item>(items: readonly Item[]): Item[]
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0
  // Mulberry32, by Tommy Ettinger, in the public domain.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const chance: Chance = {
    between: (from, to) => from + next() * (to - from),
    pick: items => items[Math.floor(next() * items.length)],
    shuffled: items =>
      items
        .map(item => ({ item, at: next() }))
        .sort((one, other) => one.at - other.at)
        .map(({ item }) => item),
  }
  return chance
}
