import type { Driver } from '../../src/driver/driver.ts'
import type { Platform } from '../../src/service/context.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Ways to break a promise of ours once in a while, to see that the checkers notice. */
export const sabotages = ['lost line', 'lost wish', 'orphan', 'overcharge', 'false end', 'second run'] as const
export type Sabotage = (typeof sabotages)[number]

/** So often the promise is broken where it could be. */
const rate = 0.2

/** A platform that breaks one promise. */
export function sabotaged(platform: Platform, kind: Sabotage, random: SeededRandom): Platform {
  const { store, driver, logs, market } = platform
  const now = () => random.chance(rate)
  const changed: Record<Sabotage, Partial<Platform>> = {
    'lost line': {
      logs: {
        ...logs,
        append: (stream, events, cursor) => logs.append(stream, now() ? events.slice(1) : events, cursor),
      },
    },
    'lost wish': {
      store: {
        ...store,
        transaction: work => store.transaction(tx => work(now() ? { ...tx, enqueue: async () => {} } : tx)),
      },
    },
    orphan: {
      driver: { ...driver, remove: async (arn, attempt) => (now() ? undefined : driver.remove(arn, attempt)) },
    },
    overcharge: {
      market: {
        ...market,
        usageStopped: async (tx, arn, at) => (now() ? undefined : market.usageStopped(tx, arn, at)),
      },
    },
    'false end': { driver: endsWell(driver, now) },
    'second run': { driver: forgets(driver, now) },
  }
  return { ...platform, ...changed[kind] }
}

const endsWell = (driver: Driver, now: () => boolean): Driver => ({
  ...driver,
  list: async arn =>
    (await driver.list(arn)).map(state => (state.status === 'exited' && now() ? { ...state, exitCode: 0 } : state)),
})

const forgets = (driver: Driver, now: () => boolean): Driver => ({
  ...driver,
  async start(spec) {
    if (now()) await driver.remove(spec.key.arn, spec.key.attempt)
    return driver.start(spec)
  },
})
