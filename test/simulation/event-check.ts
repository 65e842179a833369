import { createLogs } from '../../src/logs/log-sink.ts'
import type { TrainingJobRow } from '../../src/sagemaker/training/training-job-row.ts'
import type { Resource } from '../../src/store/resources.ts'
import { allHeard } from './event-ear.ts'
import type { World } from './world.ts'

/** Events that are still on their way. */
export async function unheard({ store }: World): Promise<string[]> {
  const routed = await store.db.selectFrom('event_delivery').select('seq').execute()
  const announced = await store.db.selectFrom('event').select('seq').execute()
  return [...routed, ...announced].map(({ seq }) => `event ${seq}`)
}

interface Heard {
  readonly id: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** Everything that became of a row was announced, once, to whoever listens. */
export async function checkEvents(world: World, rows: readonly Resource[], training: readonly TrainingJobRow[]) {
  const { store, violations, options } = world
  if (!options.listens) return
  const logs = createLogs({ store, now: () => new Date(world.clock.now()) })
  const lines = await logs.tail(allHeard, 100_000)
  const heard = lines.map(({ message }) => JSON.parse(message) as Heard)
  if (new Set(heard.map(({ id }) => id)).size < heard.length) violations.push('an event was heard twice')
  const of = (arn: string) => heard.filter(({ resources }) => resources[0] === arn).map(({ detail }) => detail)
  for (const { arn, name, status } of rows) {
    const told = of(arn).map(statusOf)
    // A log is ordered by time, and a clock that is set back turns lines round.
    const isHeard = options.clockSteps > 0 ? told.includes(plain(status)) : told.at(-1) === plain(status)
    if (!isHeard) violations.push(`${name} is ${status}; heard was: ${told.join(', ') || 'nothing'}`)
  }
  for (const job of training) checkTransitions(world, job, of(job.arn))
}

const plain = (status: string): string => status.replaceAll('_', '').toLowerCase()

/** `IN_SERVICE` of an endpoint, `InProgress` of the others. */
function statusOf(detail: Heard['detail']): string {
  const [, status = ''] = Object.entries(detail).find(([name]) => /^(?!Secondary|Model[SA]).*Status$/.test(name)) ?? []
  return plain(String(detail.ModelPackageStatus ?? status))
}

/** Each event of a training job tells one more transition than the one before; a restart makes two at once. */
function checkTransitions({ violations }: World, { name, transitions }: TrainingJobRow, told: Heard['detail'][]): void {
  const lengths = told.map(({ SecondaryStatusTransitions: all }) => (all as unknown[]).length).toSorted((a, b) => a - b)
  const isNext = (length: number, before: number) =>
    length - before < 2 || (length - before === 2 && transitions[before]?.Status === 'Restarting')
  const missing = lengths.findIndex((length, index) => !isNext(length, lengths[index - 1] ?? 0))
  if (missing >= 0 || lengths.at(-1) !== transitions.length)
    violations.push(`${name} made ${transitions.length} transitions; heard were ${lengths.join(', ')}`)
}
