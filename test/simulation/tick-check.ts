import { createLogs } from '../../src/logs/log-sink.ts'
import { ticked } from './tick.ts'
import type { World } from './world.ts'

/** Each time of a schedule is told once; what fell due while no server lived is one of them. */
export async function checkTicks({ store, clock, options, violations }: World): Promise<void> {
  if (options.watched === 0) return
  const logs = createLogs({ store, now: () => new Date(clock.now()) })
  const times = (await logs.tail(ticked, 10_000)).map(({ message }) => JSON.parse(message).time as string)
  if (new Set(times).size < times.length) violations.push(`a time of a schedule was told twice: ${times.join(', ')}`)
  if (times.length === 0 && clock.passed > 3_600_000 && options.clockSteps === 0)
    violations.push('a schedule has told nothing for an hour')
}
