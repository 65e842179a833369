import assert from 'node:assert/strict'
import { test } from 'node:test'

// Who works is heard at the window.
Object.assign(globalThis, { window: new EventTarget() })
const { keptKeys } = await import('./kept-keys.ts')

const keysFor = (ms: number) => ({
  ...{ accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' },
  expiration: new Date(Date.now() + ms),
})

test('keys that are old are gotten anew once, however many ask at the same time', async () => {
  let gotten = 0
  const keys = keptKeys(async () => keysFor(gotten++ === 0 ? -1000 : 3_600_000))
  await Promise.all([keys.get(), keys.get(), keys.get()])
  assert.equal(gotten, 2)
  await keys.get()
  assert.equal(gotten, 2)
})

test('what failed is asked for again by whoever needs it next', async () => {
  let gotten = 0
  const keys = keptKeys(async () => {
    if (gotten++ === 0) throw new Error('away')
    return keysFor(3_600_000)
  })
  await assert.rejects(keys.get(), /away/)
  await keys.get()
  assert.equal(gotten, 2)
})
