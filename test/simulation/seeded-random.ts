import { crc32 } from 'node:zlib'

/** Chance from a seed: the same seed, the same run. Algorithm: xoshiro128** by Blackman and Vigna, seeded by splitmix32. */
export interface SeededRandom {
  /** From 0 up to, but not, 1. */
  number(): number
  /** A whole number from `least` to `most`, both inclusive. */
  between(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(values: readonly T[]): T
  bytes(count: number): Buffer
  /** Chance of its own for a part of what is drawn: what is added elsewhere does not change it. */
  of(part: string): SeededRandom
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const split = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  let [a, b, c, d] = [split(), split(), split(), split()]
  const rotate = (value: number, by: number) => ((value << by) | (value >>> (32 - by))) >>> 0
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const number = () => next() / 2 ** 32
  const between = (least: number, most: number) => least + Math.floor(number() * (most - least + 1))
  return {
    number,
    between,
    chance: probability => number() < probability,
    pick: values => values[between(0, values.length - 1)] as (typeof values)[number],
    bytes(count) {
      const bytes = Buffer.alloc(count)
      for (let at = 0; at < count; at++) bytes[at] = next() >>> 24
      return bytes
    },
    of: part => seededRandom(crc32(`${seed} ${part}`)),
  }
}
