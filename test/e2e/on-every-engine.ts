import { after, afterEach, before, describe, it } from 'node:test'
import { type PresentEngine, presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { type Example, serverLog, type World } from './world.ts'

interface Order {
  /** Whether the tests of one world run at the same time; they do unless told otherwise. */
  readonly concurrency: boolean
}

/** Runs tests with two accounts that have pushed an example's image, on every engine. */
export const onEveryEngine = (
  title: string,
  example: Example,
  define: (at: () => Fixture) => void,
  order?: Order,
): Promise<void> => inEveryWorld(title, engine => openFixture(engine, example), define, order)

/**
 * Runs tests on every engine of this machine at the same time, each with a server of its own, and then looks at what is left
 * behind. When a test fails, the end of the server's log is shown.
 */
export async function inEveryWorld<T extends World>(
  title: string,
  open: (engine: PresentEngine) => Promise<T>,
  define: (at: () => T) => void,
  { concurrency }: Order = { concurrency: true },
): Promise<void> {
  const engines = await presentEngines()
  describe(title, { concurrency: true, timeout: 400_000 }, () => {
    // One after the other: what is left is looked for when the tests are over, not beside them.
    for (const engine of engines)
      describe(engine.engine, { concurrency: false }, () => {
        let world: T
        let failed = false
        before(async () => {
          world = await open(engine)
        })
        afterEach(context => {
          failed ||= 'passed' in context && !context.passed
        })
        after(async () => {
          if (failed) await showLog(world)
          await world?.close()
        })
        describe('tests', { concurrency }, () => define(() => world))
        it('leaves nothing behind', () => world.leavesNothing())
      })
  })
}

async function showLog({ engine, server }: World): Promise<void> {
  process.stderr.write(`The server on ${engine.engine} complained:\n${await serverLog(server.data)}\n`)
}
