import { after, afterEach, before, describe, it } from 'node:test'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { type Example, serverLog } from './world.ts'

/**
 * Runs tests on every engine of this machine at the same time, each with a server of its own, and then looks at what is left
 * behind. When a test fails, the end of the server's log is shown.
 */
export async function onEveryEngine(
  title: string,
  example: Example,
  define: (at: () => Fixture) => void,
  { concurrency }: { readonly concurrency: boolean } = { concurrency: true },
): Promise<void> {
  const engines = await presentEngines()
  describe(title, { concurrency: true, timeout: 240_000 }, () => {
    for (const engine of engines)
      describe(engine.engine, () => {
        let fixture: Fixture
        let failed = false
        before(async () => {
          fixture = await openFixture(engine, example)
        })
        afterEach(context => {
          failed ||= 'passed' in context && !context.passed
        })
        after(async () => {
          if (failed)
            process.stderr.write(
              `The server on ${engine.engine} complained:\n${await serverLog(fixture.server.data)}\n`,
            )
          await fixture?.close()
        })
        describe('tests', { concurrency }, () => define(() => fixture))
        it('leaves nothing behind', () => fixture.leavesNothing())
      })
  })
}
