import type { ContainerSpec } from '../../src/driver/driver.ts'
import type { Answer } from '../../src/workload/invocation.ts'
import type { ProgramPlan } from './programs.ts'
import type { SeededRandom } from './seeded-random.ts'

/** One good answer of a container: what it said that it costs, and whether its caller got it. */
export interface MeteredAnswer {
  readonly arn: string
  readonly units: number
}

/** What a container says of its answer's cost, and what it costs: what says nothing usable is one inference. */
function drawMetering(random: SeededRandom): [header: string | undefined, units: number] {
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

/** Answers of containers, drawn: those of endpoints are kept by their tickets, with what they cost whom it is sold to. */
export function createAnswers(
  random: SeededRandom,
  plans: ReadonlyMap<string, ProgramPlan>,
  sold: ReadonlySet<string>,
) {
  const answers = new Map<string, MeteredAnswer>()
  const answerOf = ({ key: { arn }, image }: ContainerSpec): Answer => {
    const body = Buffer.from('answer')
    const contentType = `ticket ${answers.size}`
    if (random.chance(plans.get(image)?.errorRate ?? 0)) return { status: 500, body, contentType }
    const [metering, units] = drawMetering(random)
    if (arn.includes(':endpoint/')) answers.set(contentType, { arn, units: sold.has(image) ? units : 0 })
    return { status: 200, body, contentType, ...(metering !== undefined && { metering }) }
  }
  return { answers, answerOf }
}
