import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'

// Who works is heard at the window.
const window = new EventTarget()
Object.assign(globalThis, { window })
mock.timers.enable({ apis: ['Date'], now: 1_000_000_000_000 })
const { keptKeys } = await import('./kept-keys.ts')

const minute = 60_000
const work = () => window.dispatchEvent(new Event('keydown'))
beforeEach(work)

/** Keys of an hour by a clock that is so much behind this one, and how often they were gotten. */
function counted(behindMs = 0) {
  const seen = { gotten: 0 }
  const keys = keptKeys(async () => {
    seen.gotten++
    const expiration = new Date(Date.now() - behindMs + 60 * minute)
    return { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', expiration }
  })
  return { keys, seen }
}

test('keys are gotten anew after fifty minutes, once, however many ask at the same time, and not for who does nothing', async () => {
  const { keys, seen } = counted()
  await keys.get()
  mock.timers.tick(51 * minute)
  await keys.get()
  assert.equal(seen.gotten, 1)
  work()
  await Promise.all([keys.get(), keys.get(), keys.get()])
  await keys.get()
  assert.equal(seen.gotten, 2)
})

for (const behind of [90, 59, -90])
  test(`a clock that is ${behind} minutes before the server’s does not get keys for every question`, async () => {
    const { keys, seen } = counted(behind * minute)
    for (let time = 0; time < 5; time++) await keys.get()
    assert.ok(seen.gotten <= 2, `${seen.gotten}`)
  })

test('what failed is asked for again by whoever needs it next', async () => {
  let gotten = 0
  const keys = keptKeys(async () => {
    if (gotten++ === 0) throw new Error('away')
    return { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token', expiration: new Date() }
  })
  await assert.rejects(keys.get(), /away/)
  await keys.get()
  assert.equal(gotten, 2)
})
