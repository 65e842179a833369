import assert from 'node:assert/strict'
import { it } from 'node:test'
import { exited, type SuiteContext, until } from './suite-workload.ts'

export const eventsSuite = (context: () => SuiteContext): void => {
  it('tells which workload changed, and ends when told to', async test => {
    const { driver, script, open, installation } = context()
    const spec = await script('')
    const abort = new AbortController()
    test.after(() => abort.abort())
    const heard: (string | undefined)[] = []
    // What earlier tests have left may end meanwhile.
    const hear = (arn: string | undefined) => {
      if (arn === undefined || arn === spec.key.arn) heard.push(arn)
    }
    const events = driver.events(abort.signal)[Symbol.asyncIterator]()
    assert.equal((await events.next()).value, undefined)
    const listening = (async () => {
      for (let event = await events.next(); !event.done; event = await events.next()) hear(event.value)
    })()

    const neighbour = await open(`${installation}-neighbour`)
    await neighbour.start(spec)
    await neighbour.remove(spec.key.arn)
    await neighbour.close()
    assert.deepEqual(heard, [], 'a neighbour was heard')

    await driver.start(spec)
    await exited(driver, spec.key)
    await until('start and exit were heard', async () => heard.length >= 2)
    const whileRunning = heard.length
    await driver.remove(spec.key.arn)
    await until('the removal was heard', async () => heard.length > whileRunning)
    assert.deepEqual([...new Set(heard)], [spec.key.arn])

    abort.abort()
    await listening
  })
}
