import { EngineUnavailable } from '../../src/driver/engine-client.ts'
import { clock } from '../../src/ground/clock.ts'
import type { Activity } from './activity.ts'
import { gate, type Life, outsideOfLife } from './life.ts'
import type { SimulationOptions } from './options.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Step } from './stubs.ts'

interface Faults {
  readonly options: SimulationOptions
  readonly random: SeededRandom
  readonly activity: Activity
  /** Hears of each step before it is taken. */
  note(step: string): void
  isWar(): boolean
  mayDie(): boolean
  isEngineAway(): boolean
  /** The server has come to its end at this step. */
  die(life: Life, step: string): void
}

/** Steps that fail, last and kill as it is drawn. */
export function createFaultyStep({ options, random, activity, note, isWar, mayDie, isEngineAway, die }: Faults): Step {
  const slowDisk = random.of('slow disk')
  const strike = (step: string, struck: Life) => {
    if (isWar() && mayDie() && random.chance(options.killRate)) die(struck, step)
  }
  const fail = (name: string, isStore: boolean) => {
    if (isWar() && !isStore && random.chance(options.callFailureRate)) throw new Error(`${name} failed`)
    if (isWar() && name === 'commit' && random.chance(options.diskFullRate))
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
    if (name.startsWith('engine') && isEngineAway())
      throw new EngineUnavailable('unix:///engine.sock', new Error('connect ENOENT engine.sock'))
  }
  return async (name, work) => {
    note(name)
    await gate(name, strike)
    const isStore = name === 'statement' || name === 'commit'
    fail(name, isStore)
    if (isWar() && !isStore && options.slowCallMs > 0 && random.chance(0.1))
      await clock.sleep(random.between(0, options.slowCallMs))
    await gate(name, () => {})
    const done = await activity.during(() => outsideOfLife(work))
    if (isWar() && name === 'commit' && options.slowCommitMs > 0 && slowDisk.chance(0.1))
      await clock.sleep(slowDisk.between(0, options.slowCommitMs))
    await gate(`after ${name}`, strike)
    return done
  }
}
