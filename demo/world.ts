import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../src/cli/push-image.ts'
import type { Clients } from './clients.ts'
import type { ServerProcess } from './server-process.ts'

/** Moments of the story at which a test may strike. */
export type Moment = 'certification' | 'training' | 'transform' | 'endpoint' | 'idle'

/** What the steps of the story share and learn from each other. */
export interface World {
  readonly server: ServerProcess
  readonly engine: Engine
  /** The example's image in the engine, as its build named it. */
  readonly image: string
  readonly seller: Clients
  readonly buyer: Clients
  /** An account that subscribes to nothing. */
  readonly visitor: Clients
  /** Called once at each moment, while what it names is under way. */
  readonly at: (moment: Moment) => Promise<void>
  /** Learned on the way, by name. */
  readonly facts: Map<string, string>
}

export interface Step {
  readonly title: string
  /** Does the step and says in a few words what came of it. Throws when it does not hold. */
  run(world: World): Promise<string>
}

/** A fact that an earlier step has learned. */
export function fact(world: World, name: string): string {
  const value = world.facts.get(name)
  if (value === undefined) throw new Error(`No earlier step has told "${name}".`)
  return value
}

/** Asks until `done` says so; at most ten minutes. Between two questions a fifth of a second. */
export async function poll<Answer>(ask: () => Promise<Answer>, done: (answer: Answer) => boolean): Promise<Answer> {
  const end = Date.now() + 600_000
  for (;;) {
    const answer = await ask()
    if (done(answer)) return answer
    if (Date.now() > end) throw new Error(`Ten minutes are over; the last answer was ${JSON.stringify(answer)}`)
    await sleep(200)
  }
}

/** Throws with `what` unless it holds. */
export function hold(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The error that a call is refused with; throws when it is not refused. */
export async function refusal(call: Promise<unknown>): Promise<Error> {
  const outcome = await call.then(
    () => undefined,
    (error: Error) => error,
  )
  if (!outcome) throw new Error('The call was not refused.')
  return outcome
}
