/** So many minutes or requests at most, or any number. */
export type Quota = bigint | 'unlimited'

/** Free of charge up to a time and, if a dimension has a quota, up to so many minutes or requests. Times in milliseconds. */
export interface Trial {
  readonly ends: number
  readonly quotas: ReadonlyMap<string, Quota>
}

/** What a trial grants of a dimension. It is used up in the order in which it is taken: of the earliest use first. */
export function openTrial(trial: Trial | undefined, dimension: string) {
  let left: Quota = trial?.quotas.get(dimension) ?? 0n
  return {
    /** How many of the units that are used at a time are free. */
    take(units: bigint, at: number): bigint {
      if (!trial || at >= trial.ends) return 0n
      if (left === 'unlimited') return units
      const taken = least(units, left)
      left -= taken
      return taken
    },
  }
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)
