import assert from 'node:assert/strict'
import test from 'node:test'
import type { Driver, IsolationReport } from './driver.ts'
import { createProvenDriver } from './proven-driver.ts'

/** An engine whose probe ends when it is told to. */
function probed() {
  const probe = Promise.withResolvers<IsolationReport>()
  const engine = { list: async () => [], proveIsolation: () => probe.promise } as unknown as Driver
  return { probe, driver: createProvenDriver(async () => engine, { allowEscape: false }) }
}

for (const [how, end] of [
  ['proves', ({ resolve }: PromiseWithResolvers<IsolationReport>) => resolve({ isolated: true, escaped: [] })],
  ['fails', ({ reject }: PromiseWithResolvers<IsolationReport>) => reject(new Error('no engine'))],
] as const)
  test(`it is not closed before a probe that ${how} has ended: nobody else would remove what that has made`, async () => {
    const { driver, probe } = probed()
    driver.proof().catch(() => {})
    let isClosed = false
    const closed = driver.close().then(() => {
      isClosed = true
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal(isClosed, false)
    end(probe)
    await closed
  })

test('one whose engine nobody has needed is closed at once', { timeout: 5000 }, () => probed().driver.close())
