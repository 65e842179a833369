import type { ColumnSketch, InputSketch } from '../../service/product-inputs.ts'

/** How far a column of a buyer's inputs is from that of certification. */
export type DriftLevel = 'NONE' | 'MODERATE' | 'LARGE'

/** Shares of records, above what chance makes. */
const [moderate, large] = [0.1, 0.25]

export const levelOf = (distance: number): DriftLevel =>
  distance >= large ? 'LARGE' : distance >= moderate ? 'MODERATE' : 'NONE'

/**
 * The share of records that would have to be other ones for two columns to be spread alike (the total variation distance), less what it is
 * on the average between two draws of the same. One record of `records` moves it by 1/`records` at most: all that is told of a buyer rests on that.
 */
export function distanceOf(
  { counts: certified }: ColumnSketch,
  of: number,
  counts: readonly number[],
  records: number,
) {
  let distance = 0
  let chance = 0
  certified.forEach((count, bin) => {
    distance += Math.abs((counts[bin] as number) / records - count / of) / 2
    // Seen never in so many is not never.
    const share = Math.min(count + 0.5, of) / (of + 1)
    chance += Math.sqrt((2 / Math.PI) * share * (1 - share) * (1 / records + 1 / of)) / 2
  })
  return distance - chance
}

/** Records of a window that nothing is told below: what is drawn in `votesOf` would be as large as what it hides. */
export const fewestRecords = ({ columns }: InputSketch): number => Math.max(200, 20 * columns.length)

/** How much more likely, at most, anything told is for one record than for another in its place: e to this power. */
const epsilon = 1

/**
 * Levels as they may leave the buyer's account: of distances with Laplace noise, as much as hides any one record in all columns together.
 * `random` is in [0, 1). Source: Dwork, Roth, "The Algorithmic Foundations of Differential Privacy", 3.3.
 */
export function votesOf(distances: readonly number[], records: number, random: () => number): DriftLevel[] {
  const scale = distances.length / (records * epsilon)
  return distances.map(distance => levelOf(distance + laplace(scale, random())))
}

function laplace(scale: number, random: number): number {
  // Never the logarithm of 0.
  const side = Math.max(random, 2 ** -48) - 0.5
  return -scale * Math.sign(side) * Math.log(1 - 2 * Math.abs(side))
}

const order: readonly DriftLevel[] = ['NONE', 'MODERATE', 'LARGE']

/** The level that at least half of the buyers have or exceed, of how many have each. */
export function commonLevel(buyers: Readonly<Record<DriftLevel, number>>): DriftLevel {
  const half = (buyers.NONE + buyers.MODERATE + buyers.LARGE) / 2
  if (buyers.LARGE >= half) return 'LARGE'
  return buyers.LARGE + buyers.MODERATE >= half ? 'MODERATE' : 'NONE'
}

export const higher = (one: DriftLevel, other: DriftLevel): DriftLevel =>
  order.indexOf(one) > order.indexOf(other) ? one : other
