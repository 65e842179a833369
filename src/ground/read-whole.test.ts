import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { systemClock, useClock } from './clock.ts'
import { joiningStream, through } from './joiner.ts'
import { BodyRefused, createMemoryBudget, type MemoryClaim } from './memory-budget.ts'
import { readWhole } from './read-whole.ts'

const chunks = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.integer({ min: 10_000, max: 90_000 }).map(size => new Uint8Array(size).fill(size % 251)),
  ),
  { maxLength: 30 },
)
const ofBytes = (count: number) => Readable.from(Array.from({ length: count }, () => Buffer.from('x')))

const refusedFor = (reason: string) => (error: unknown) => error instanceof BodyRefused && error.reason === reason

describe('bodies that are read whole', () => {
  it('are what was sent, however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async parts => {
        const whole = Buffer.concat(parts)
        assert.deepEqual(Buffer.from(await readWhole(Readable.from(parts), { limit: 1e9 })), whole)
        assert.deepEqual(await buffer(through(Readable.from(parts), joiningStream())), whole)
      }),
      { numRuns: 50 },
    )
  })

  it('are refused beyond their limit, with the stream left open', async () => {
    const stream = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(600)))
    await assert.rejects(readWhole(stream, { limit: 1000 }), refusedFor('size'))
    assert.equal(stream.destroyed, false)
  })

  it('are refused in thousands of chunks of a byte', async () => {
    await assert.rejects(readWhole(ofBytes(5000), { limit: 1e9 }), refusedFor('chunks'))
    assert.equal((await readWhole(ofBytes(4000), { limit: 1e9 })).byteLength, 4000)
  })

  it('are looked at in turns of their holder, however many have arrived', async () => {
    let elapsed = 0
    using _ = useClock({ ...systemClock, elapsed: () => elapsed })
    const each = () => {
      elapsed += 0.2
    }
    let looks = 0
    let left = 20
    const look = () => {
      looks++
      if (left > 0) setImmediate(look)
    }
    look()
    const one = async () => {
      const parts = Array.from({ length: 16 }, () => Buffer.alloc(65_536, 7))
      const body = await buffer(through(Readable.from(parts), joiningStream({ each }), 'holder'))
      left--
      assert.equal(body.compare(Buffer.alloc(1 << 20, 7)), 0)
    }
    await Promise.all(Array.from({ length: left }, one))
    assert.ok(looks > 20, `the process looked ${looks} times while 320 chunks came`)
  })

  it('come in few chunks once joined', async () => {
    const sizes: number[] = []
    for await (const chunk of through(ofBytes(200_000), joiningStream())) sizes.push(chunk.byteLength)
    assert.ok(sizes.length <= 4, `${sizes}`)
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      200_000,
    )
  })
})

describe('the memory of bodies', () => {
  it('is shared: one holder is refused at its share, another goes on, and it all comes back', async () => {
    const budget = createMemoryBudget(1_000_000, 250_000)
    const greedy = budget.claim('a')
    const body = () => Readable.from([Buffer.alloc(200_000)])
    await readWhole(body(), { limit: 1e9, memory: greedy })
    await assert.rejects(readWhole(body(), { limit: 1e9, memory: budget.claim('a') }), refusedFor('memory'))
    const other = budget.claim('b')
    await readWhole(body(), { limit: 1e9, memory: other })
    assert.equal(budget.used(), 400_000)
    greedy.release()
    greedy.release()
    other.release()
    assert.equal(budget.used(), 0)
    assert.equal(budget.refusals(), 1)
  })

  /** What a claim takes until it is refused, byte by byte. */
  const most = (claim: MemoryClaim) => {
    let bytes = 0
    try {
      for (; ; bytes++) claim.grow(1)
    } catch {
      return bytes
    }
  }

  it('leaves room for one more, however many parts an owner has of it', () => {
    const budget = createMemoryBudget(1000, 400)
    const parts = ['a 1', 'a 2', 'a 3', 'a 4'].map(part => budget.claim(part, { of: 'a', share: 200 }))
    assert.deepEqual(parts.map(most), [200, 200, 100, 0])
    assert.equal(most(budget.claim('b')), 250)
    for (const part of parts) part.release()
    assert.equal(most(budget.claim('a 5', { of: 'a' })), 375)
  })

  it('leaves room for one more, however many take what they can', () => {
    const budget = createMemoryBudget(1000, 400)
    assert.throws(() => budget.claim('a').grow(401), refusedFor('memory'))
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map(name => most(budget.claim(name))),
      [400, 300, 150, 75],
    )
    assert.equal(most(budget.claim('a')), 0)
    budget.claim('e').grow(30)
    assert.throws(() => budget.claim('f').grow(46), refusedFor('memory'))
    assert.equal(budget.used(), 955)
  })
})
