import type { SeededRandom } from './seeded-random.ts'

/** One good answer of a container: what it said that it costs, and whether its caller got it. */
export interface MeteredAnswer {
  readonly arn: string
  readonly units: number
}

/** What a container says of its answer's cost, and what it costs: what says nothing usable is one inference. */
export function drawMetering(random: SeededRandom): [header: string | undefined, units: number] {
  const units = random.between(0, 100_000)
  return random.pick([
    [JSON.stringify({ Dimension: 'inference.count', ConsumedUnits: units }), units],
    [JSON.stringify({ Dimension: 'inference.count', ConsumedUnits: units }), units],
    [undefined, 1],
    ['{', 1],
    [JSON.stringify({ Dimension: 'inference.count', ConsumedUnits: -units - 1 }), 1],
    [JSON.stringify({ Dimension: 'inference.count', ConsumedUnits: 1e300 }), 1],
  ])
}
