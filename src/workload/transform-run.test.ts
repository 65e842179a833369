import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import test from 'node:test'
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { systemClock, useClock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { createMemoryBudget } from '../ground/memory-budget.ts'
import { AnswerTooLarge } from './answer-limit.ts'
import type { SourceObject } from './channel.ts'
import type { Answer } from './invocation.ts'
import type { TransformPlan, TransformRun } from './transform.ts'
import { runTransform } from './transform-run.ts'

const defaults: TransformPlan = {
  split: 'Line',
  strategy: 'SingleRecord',
  assemble: 'Line',
  compression: 'None',
  maxPayloadBytes: 1000,
  maxConcurrent: 3,
  maxRetries: 0,
}

const objectOf = (key: string): SourceObject => ({
  bucket: 'in',
  key,
  path: key,
  size: 0,
  etag: '',
  lastModified: new Date(0),
})

const ok = (body: string): Answer => ({ status: 200, body: Buffer.from(body) })
const interrupted = { message: 'the transform was interrupted' }

/** Runs over inputs by key; the outputs are those that were written whole. */
async function transform(
  inputs: Readonly<Record<string, string | Buffer>>,
  answer: (body: string, attempt: number) => Answer | Promise<Answer>,
  { plan = {}, ...overrides }: Partial<Omit<TransformRun, 'plan'>> & { plan?: Partial<TransformPlan> } = {},
) {
  const outputs: Record<string, string> = {}
  const attempts = new Map<string, number>()
  let inFlight = 0
  let mostInFlight = 0
  const failures = await runTransform({
    plan: { ...defaults, ...plan },
    objects: Object.keys(inputs).map(objectOf),
    open: async ({ key }) => Readable.from([Buffer.from(inputs[key] as string)]),
    async write({ key }, body) {
      const content = Buffer.concat(await body.toArray()).toString()
      outputs[key] = content
    },
    async invoke({ body }) {
      const text = (body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)).toString()
      const attempt = (attempts.get(text) ?? 0) + 1
      attempts.set(text, attempt)
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      try {
        return await answer(text, attempt)
      } finally {
        inFlight--
      }
    },
    signal: new AbortController().signal,
    memory: createMemoryBudget(2 ** 30, 2 ** 29),
    account: '111111111111',
    ...overrides,
  })
  return { failures, outputs, attempts, mostInFlight }
}

test('whatever the delays, answers stand in the order of their records, with never more in flight than allowed', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(12), { maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.nat(3)),
      async (sizes, maxConcurrent, delays) => {
        const lines = sizes.map((size, object) => Array.from({ length: size }, (_, line) => `${object}-${line}`))
        const inputs = Object.fromEntries(
          lines.map((all, object) => [`o${object}`, all.map(line => `${line}\n`).join('')]),
        )
        const { failures, outputs, mostInFlight } = await transform(
          inputs,
          async body => {
            for (let turns = delays.next().value ?? 0; turns > 0; turns--) await tick()
            return ok(`<${body}>`)
          },
          { plan: { maxConcurrent } },
        )
        const expected = lines.map((all, object) => [`o${object}`, all.map(line => `<${line}>\n`).join('')])
        assert.deepEqual(outputs, Object.fromEntries(expected))
        assert.deepEqual(failures, [])
        assert.ok(mostInFlight <= maxConcurrent)
      },
    ),
    { numRuns: 150 },
  ))

test('the container is kept busy up to what is allowed, within one object and over many', async () => {
  const slow = async (body: string) => sleep(5).then(() => ok(body))
  const within = await transform({ a: 'x\n'.repeat(30) }, slow, { plan: { maxConcurrent: 4 } })
  const over = await transform(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`k${i}`, `${i}\n`])), slow, {
    plan: { maxConcurrent: 4 },
  })
  assert.deepEqual([within.mostInFlight, over.mostInFlight], [4, 4])
})

test('a failing object has no output and a sentence; the others are as they would be without it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(30), { maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (bad, maxConcurrent) => {
        const inputs = Object.fromEntries(
          ['a', 'b', 'c', 'd'].map((key, index) => [
            key,
            Array.from({ length: 8 }, (_, line) => `${bad.includes(index * 8 + line) ? 'bad' : key}${line}\n`).join(''),
          ]),
        )
        const { failures, outputs } = await transform(
          inputs,
          async body => {
            await tick()
            return body.startsWith('bad') ? { status: 422, body: Buffer.from('no such row') } : ok(body)
          },
          { plan: { maxConcurrent } },
        )
        const good = Object.entries(inputs).filter(([, text]) => !text.includes('bad'))
        assert.deepEqual(outputs, Object.fromEntries(good))
        assert.equal(failures.length, 4 - good.length)
        for (const failure of failures)
          assert.match(
            failure,
            /^s3:\/\/in\/[a-d]: record \d \(counted from 1\): the container answered 422 "no such row" after 1 attempt\(s\)$/,
          )
      },
    ),
    { numRuns: 40 },
  ))

test('answers are put together as they are, or each with a line end, but not with two', async () => {
  const put = async (assemble: TransformPlan['assemble']) => {
    const { outputs } = await transform({ a: '1\n2\n3' }, body => ok(body === '2' ? '2\n' : body), {
      plan: { assemble },
    })
    return outputs.a
  }
  assert.deepEqual([await put('None'), await put('Line')], ['12\n3', '1\n2\n3\n'])
})

test('a server error, a timeout and a broken connection are tried again, a 4xx is not', async () => {
  const { outputs, failures, attempts } = await transform(
    { a: 'flaky\nbroken', b: 'refused', c: 'dead' },
    (body, attempt) => {
      if (body === 'refused') return { status: 400, body: Buffer.from('bad data') }
      if (body === 'dead' || (body === 'flaky' && attempt < 3)) return { status: 503, body: Buffer.alloc(0) }
      if (body === 'broken' && attempt === 1) throw new Error('socket hang up')
      return ok(body)
    },
    { plan: { maxRetries: 2 } },
  )
  assert.deepEqual(outputs, { a: 'flaky\nbroken\n' })
  assert.deepEqual(Object.fromEntries(attempts), { flaky: 3, broken: 2, refused: 1, dead: 3 })
  assert.deepEqual(failures.sort(), [
    's3://in/b: record 1 (counted from 1): the container answered 400 "bad data" after 1 attempt(s)',
    's3://in/c: record 1 (counted from 1): the container answered 503 "" after 3 attempt(s)',
  ])
})

test('no answer is told apart: in time, and at all', async () => {
  const { failures } = await transform({ a: 'slow', b: 'gone' }, body => {
    if (body === 'slow') throw new DOMException('The operation timed out', 'TimeoutError')
    throw new Error('connect ECONNREFUSED')
  })
  assert.match(
    failures.sort().join('\n'),
    /in\/a: record 1 \(counted from 1\): the container did not answer in time after 1.*\n.*in\/b: record 1 \(counted from 1\): the container gave no answer \(connect ECONNREFUSED\)/,
  )
})

test('an object above the limit, damaged gzip, and an object that is gone fail alone', async () => {
  const { outputs, failures } = await transform(
    {
      good: gzipSync('1\n2\n'),
      long: gzipSync('x'.repeat(2000)),
      cut: gzipSync('1\n2\n').subarray(0, -6),
      plain: 'not gzip',
    },
    ok,
    { plan: { compression: 'Gzip' } },
  )
  assert.deepEqual(outputs, { good: '1\n2\n' })
  assert.match(
    failures.find(failure => failure.includes('/long')) ?? '',
    /record 1 .*refused by the platform: it has \d+ bytes or more/,
  )
  for (const key of ['cut', 'plain'])
    assert.match(failures.find(failure => failure.startsWith(`s3://in/${key}`)) ?? '', /is not whole gzip: /)
  const gone = async () => {
    throw new ServiceError('NoSuchKey', 'The specified key does not exist.')
  }
  assert.deepEqual((await transform({ a: '1' }, ok, { open: gone })).failures, [
    's3://in/a: The specified key does not exist.',
  ])
})

test('an output that is refused before it is read is a failure of its object, and ends no process', async () => {
  const write: TransformRun['write'] = async ({ key }, body) => {
    if (key === 'a') throw new ServiceError('AccessDenied', 'no leave to write')
    await body.toArray()
  }
  const { failures } = await transform(
    { a: 'bad\n'.repeat(5000), b: '1\n' },
    body => (body === 'bad' ? { status: 400, body: Buffer.alloc(0) } : ok(body)),
    { write },
  )
  assert.equal(failures.length, 1)
  const refused = await transform({ a: '1\n'.repeat(20_000), b: '1\n' }, ok, { write })
  assert.deepEqual(refused.failures, ['s3://in/a: no leave to write'])
})

test('a fault that is nobody else’s ends the run, after everything under way has ended', async () => {
  let open = 0
  const fault = new Error('disk on fire')
  const write: TransformRun['write'] = async ({ key }, body) => {
    open++
    try {
      if (key === 'a') throw fault
      await body.toArray()
    } finally {
      open--
    }
  }
  const inputs = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(key => [key, '1\n2\n3\n4\n']))
  const slow = async (body: string) => sleep(3).then(() => ok(body))
  await assert.rejects(transform(inputs, slow, { write, plan: { maxConcurrent: 2 } }), fault)
  assert.equal(open, 0)
})

test('an aborted run ends promptly, without an output', async () => {
  const abort = new AbortController()
  const written: string[] = []
  const run = transform(
    { a: '1\n'.repeat(100_000) },
    async body => {
      setTimeout(() => abort.abort(), 20)
      return sleep(1).then(() => ok(body))
    },
    {
      signal: abort.signal,
      write: async ({ key }, body) => {
        await body.toArray()
        written.push(key)
      },
    },
  )
  await assert.rejects(
    run,
    error => (error as Error).name === 'AbortError' || (error as Error).message === interrupted.message,
  )
  assert.deepEqual(written, [])
})

test('filters and joins are applied record by record, in payloads of many', async () => {
  const { outputs, failures, attempts } = await transform(
    { a: 'i1,5\ni2,6\ni3,7\ni4,8\n', b: 'x\n' },
    body => ok(body.replaceAll(/\d+/g, value => String(Number(value) * 10))),
    {
      plan: {
        strategy: 'MultiRecord',
        maxPayloadBytes: 10,
        contentType: 'text/csv',
        accept: 'text/csv',
        processing: { inputFilter: '$[1]', outputFilter: '$[0,-1]', join: 'Input' },
      },
    },
  )
  assert.deepEqual(outputs, { a: 'i1,50\ni2,60\ni3,70\ni4,80\n' })
  assert.deepEqual([...attempts.keys()], ['5\n6\n', '7\n8\n'])
  assert.deepEqual(failures, [
    's3://in/b: record 1 (counted from 1): refused by the platform: InputFilter "$[1]": index 1 is outside of the 1 elements',
  ])
})

test('without a bound an object goes through as it comes, whole, and again from its start', async () => {
  const unbounded = { split: 'None', maxPayloadBytes: 0, maxRetries: 2 } as const
  const once = await transform(
    { a: 'x'.repeat(100_000), b: gzipSync('packed') },
    (body, attempt) =>
      attempt === 1 && body.startsWith('x') ? { status: 500, body: Buffer.from('no') } : ok(`${body.length}`),
    { plan: unbounded },
  )
  assert.deepEqual([once.outputs, once.failures], [{ a: '100000\n', b: '26\n' }, []])
  assert.equal(once.attempts.get('x'.repeat(100_000)), 2)
  const packed = await transform({ b: gzipSync('packed') }, body => ok(body), {
    plan: { ...unbounded, compression: 'Gzip' },
  })
  assert.deepEqual(packed.outputs, { b: 'packed\n' })

  let memory = 0
  const chunk = Buffer.alloc(1 << 20)
  async function* generated() {
    for (let sent = 0; sent < 64; sent++) yield chunk
  }
  const { failures } = await transform({ big: '' }, ok, {
    plan: unbounded,
    open: async () => Readable.from(generated()),
    async invoke({ body }) {
      assert.ok(body instanceof Readable)
      let bytes = 0
      for await (const part of body) {
        bytes += part.length
        memory = Math.max(memory, body.readableLength)
      }
      assert.equal(bytes, 64 << 20)
      return ok('')
    },
  })
  assert.deepEqual(failures, [])
  assert.ok(memory <= 2 << 20, `${memory} bytes wait`)
})

test('without a bound, many records go as one stream, and one record in chunks', async () => {
  const bodies: string[] = []
  const run = (plan: Partial<TransformPlan>) =>
    transform({ a: '1\n2\n' }, ok, {
      plan: { maxPayloadBytes: 0, ...plan },
      async invoke({ body }) {
        assert.ok(body instanceof Readable)
        bodies.push((await buffer(body)).toString())
        return ok(bodies.at(-1) as string)
      },
    })
  const many = await run({ strategy: 'MultiRecord' })
  const single = await run({ strategy: 'SingleRecord', maxConcurrent: 1 })
  assert.deepEqual(bodies, ['1\n2\n', '1', '2'])
  assert.deepEqual([many.outputs.a, single.outputs.a], ['1\n2\n', '1\n2\n'])
  const refused = await transform({ a: '1\n' }, () => ({ status: 400, body: Buffer.from('no') }), {
    plan: { maxPayloadBytes: 0, strategy: 'MultiRecord' },
  })
  assert.deepEqual(refused.failures, [
    's3://in/a: the whole object: the container answered 400 "no" after 1 attempt(s)',
  ])
})

test("a stream that breaks is its object's fault, or the platform's, and is not asked again", async () => {
  const unbounded = { split: 'None', maxPayloadBytes: 0, maxRetries: 3 } as const
  const damaged = gzipSync('x'.repeat(10_000)).subarray(0, 40)
  const { failures } = await transform({ a: damaged, b: gzipSync('fine') }, ok, {
    plan: { ...unbounded, compression: 'Gzip' },
  })
  assert.equal(failures.length, 1)
  assert.match(failures[0] ?? '', /^s3:\/\/in\/a: the object is not whole gzip/)
  const gone = transform({ a: '' }, ok, {
    plan: unbounded,
    open: async () =>
      Readable.from(
        (async function* () {
          yield Buffer.from('half')
          throw new Error('the blob is corrupt')
        })(),
      ),
  })
  await assert.rejects(gone, /the blob is corrupt/)
})

test('an answer that is too large is the word on its object, not tried again', async () => {
  const { failures, attempts } = await transform(
    { a: 'i\n' },
    () => Promise.reject(new AnswerTooLarge("the container's answer", 7)),
    { plan: { maxRetries: 3 } },
  )
  assert.deepEqual([...attempts.values()], [1])
  assert.match(failures[0] ?? '', /record 1 .*: the container's answer is larger than 7 bytes.* after 1 attempt/)
})

test('memory stays flat, however large the input and however slow the first answer', async () => {
  const line = Buffer.from(`${'a'.repeat(99)}\n`)
  const chunk = Buffer.concat(Array.from({ length: 656 }, () => line))
  const total = 200 << 20
  let sent = 0
  async function* generated() {
    for (; sent < total; sent += chunk.length) yield Buffer.from(chunk)
  }
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    // The second waits for what the first has found to be given back, which other threads do.
    collect()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  let most = 0
  let records = 0
  let asked = 0
  const { failures } = await transform({ big: '', small: '' }, ok, {
    plan: { strategy: 'MultiRecord', maxPayloadBytes: 1 << 20, maxConcurrent: 8 },
    async invoke({ body }) {
      assert.ok(body instanceof Uint8Array)
      const isFirst = asked++ === 0
      records += body.byteLength / line.length
      // The first answer comes when nothing moves any more for want of it.
      for (let seen = -1; isFirst && seen !== sent; await sleep(300)) seen = sent
      if (isFirst || asked % 20 === 0) most = Math.max(most, used() - before)
      return { status: 200, body: Buffer.alloc(body.byteLength) }
    },
    open: async ({ key }) => Readable.from(key === 'big' ? generated() : [line]),
    write: async (_, body) => {
      for await (const _part of body.pipe(new PassThrough()));
    },
  })
  assert.deepEqual(failures, [])
  assert.equal(records, Math.ceil(total / chunk.length) * 656 + 1)
  // 17 payloads of 1 MiB may be there at once, and as much again in the making.
  assert.ok(most < 40 << 20, `${most >> 20} MiB at most`)
})

/** A container whose answers take so much of the memory that they are given; every fifth is slow, so that others wait for it. */
const taking = (bytes: number): Pick<TransformRun, 'invoke'> => ({
  async invoke({ body, memory }) {
    const text = (body as Buffer).toString()
    for (let turns = Number(text) % 5 === 0 ? 10 : 1; turns > 0; turns--) await tick()
    memory?.grow(bytes)
    return ok(text)
  },
})

test('answers that together are more than their memory are all written, in order, and nothing is held afterwards', async () => {
  using _ = useClock({ ...systemClock, sleep: () => tick() })
  const memory = createMemoryBudget(250, 100)
  const input = Array.from({ length: 40 }, (_, n) => `${n}\n`).join('')
  for (const bytes of [100, 60, 30, 12]) {
    const inputs = { a: input, b: input, c: input }
    const { failures, outputs } = await transform(inputs, () => assert.fail(), {
      ...taking(bytes),
      memory,
      plan: { maxConcurrent: 7 },
    })
    assert.deepEqual(failures, [])
    assert.deepEqual(outputs, inputs)
    assert.equal(memory.used(), 0)
  }
  assert.ok(memory.refusals() > 0)
})

test('an answer that waits for its turn to be written is asked for again when that has come, however long it takes', async () => {
  let slept = 0
  using _ = useClock({ ...systemClock, sleep: async () => void slept++ })
  const asked = new Map<string, number>()
  const { failures, outputs } = await transform({ a: '0\n1\n2\n' }, () => assert.fail(), {
    memory: createMemoryBudget(250, 100),
    async invoke({ body, memory }) {
      const text = (body as Buffer).toString()
      asked.set(text, (asked.get(text) ?? 0) + 1)
      for (let turns = text === '0' ? 200 : 0; turns > 0; turns--) await tick()
      memory?.grow(100)
      return ok(text)
    },
  })
  assert.deepEqual([failures, outputs], [[], { a: '0\n1\n2\n' }])
  assert.deepEqual([Object.fromEntries(asked), slept], [{ 0: 1, 1: 2, 2: 2 }, 0])
})

test('while another account holds what it may, an account still writes answers of what that one leaves', async () => {
  using _ = useClock({ ...systemClock, sleep: () => tick() })
  const memory = createMemoryBudget(250, 100)
  memory.claim('222222222222').grow(100)
  const input = Array.from({ length: 20 }, (_, n) => `${n}\n`).join('')
  const { failures, outputs } = await transform({ a: input, b: input }, () => assert.fail(), { ...taking(75), memory })
  assert.deepEqual([failures, outputs], [[], { a: input, b: input }])
  assert.equal(memory.used(), 100)
})

test('an answer that no memory is enough for fails its object with the limit, and the others are written', async () => {
  using _ = useClock({ ...systemClock, sleep: () => tick() })
  const memory = createMemoryBudget(250, 100)
  const { failures, outputs } = await transform({ fat: 'x'.repeat(101), thin: 'x' }, () => assert.fail(), {
    memory,
    async invoke({ body, memory }) {
      memory?.grow((body as Buffer).byteLength)
      return ok('y')
    },
  })
  assert.deepEqual(failures.length, 1)
  assert.match(failures[0] ?? '', /^s3:\/\/in\/fat: record 1 .*: the container's answer was not taken\. .* 100 bytes/)
  assert.deepEqual(outputs, { thin: 'y\n' })
  assert.equal(memory.used(), 0)
})

test('what is answered after its object has failed is given back', async () => {
  const memory = createMemoryBudget(1000, 1000)
  const over = Promise.withResolvers<void>()
  const late: Promise<void>[] = []
  const { failures } = await transform({ a: 'bad\nlate\nlater\n' }, () => assert.fail(), {
    memory,
    async invoke({ body, memory: claim }) {
      if (body.toString() === 'bad') return { status: 400, body: Buffer.from('no') }
      const answered = over.promise.then(() => claim?.grow(10))
      late.push(answered)
      await answered
      return ok('y')
    },
  })
  assert.equal(failures.length, 1)
  over.resolve()
  await Promise.all(late)
  assert.equal(late.length, 2)
  assert.equal(memory.used(), 0)
})
