import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { type BodySums, passingSums } from './body-sums.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import { threadSums } from './hash-thread.ts'

const algorithms: readonly ChecksumAlgorithm[] = ['MD5', 'CRC64NVME', 'SHA1']

async function sumsOf(sums: BodySums, chunks: readonly Uint8Array[]) {
  for (const chunk of chunks) {
    await sums.update(chunk)
    sums.release?.(chunk)
  }
  return sums.values()
}

/** Chunks as a network gives them: some have a buffer of their own, some share one. */
function someChunks(): Uint8Array[] {
  const shared = randomBytes(500_000)
  const parts = [shared.subarray(0, 70_000), shared.subarray(70_000, 70_001), shared.subarray(70_001)]
  const own = Array.from({ length: 60 }, () => new Uint8Array(randomBytes(120_000)))
  return [...own.slice(0, 30), ...parts, new Uint8Array(), ...own.slice(30)]
}

it('computes what is computed here, for many bodies at once, and takes their memory', async () => {
  const bodies = Array.from({ length: 8 }, someChunks)
  const expected = await Promise.all(bodies.map(chunks => sumsOf(passingSums(algorithms), chunks)))
  const found = await Promise.all(bodies.map(chunks => sumsOf(threadSums(algorithms), chunks)))
  assert.deepEqual(found, expected)
  assert.equal(bodies[0]?.[0]?.length, 0)
})

it('forgets a body that nobody asks for', async () => {
  const sums = threadSums(algorithms)
  sums.release?.(new Uint8Array(1_000_000))
  sums.discard()
  await sums.update(new Uint8Array(1))
  const chunks = someChunks()
  const expected = await sumsOf(passingSums(algorithms), chunks)
  assert.deepEqual(await sumsOf(threadSums(algorithms), chunks), expected)
})
