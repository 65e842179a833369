import assert from 'node:assert/strict'
import { it } from 'node:test'
import { playSeeds } from './play-seeds.ts'

/** As many as a developer waits for; `npm run simulate -- --seeds N` runs more. In a file of their own: they are played beside other tests. */
const seeds = Array.from({ length: 1000 }, (_, index) => index + 1)

it(`a server that is killed at any step, on an engine and a disk that fail, keeps every promise: seeds 1 to ${seeds.length}`, async () => {
  assert.deepEqual(await playSeeds(seeds), [])
})
