import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Driver } from './driver.ts'
import { proveIsolation } from './isolation-probe.ts'
import { createMemoryEngine } from './memory.fixture.ts'

test('what a probe has left while its engine was away is removed when it is back', async () => {
  const info = { engine: 'docker', version: '0', cpus: 1, memoryBytes: 1, gpus: 0 } as const
  const memory = createMemoryEngine(
    info,
    () =>
      ({ term }) =>
        new Promise(end => (term.onabort = () => end(0))),
  )
  const engine = memory.connect()
  let isAway = true
  const away = () => new Error('the engine is away')
  const driver: Driver = {
    ...engine,
    // Made, and gone before it says so.
    start: spec => engine.start(spec).then(() => Promise.reject(away())),
    remove: (arn, attempt) => (isAway ? Promise.reject(away()) : engine.remove(arn, attempt)),
  }
  const holds = async (count: number) => {
    for (let tries = 0; memory.containers.size !== count && tries < 200; tries += 1) await sleep(50)
    assert.equal(memory.containers.size, count)
  }
  await assert.rejects(proveIsolation(driver), /the engine is away/)
  await holds(3)
  isAway = false
  await holds(0)
})
