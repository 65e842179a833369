import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../ground/errors.ts'
import type { Payload } from './payload.ts'
import { split } from './splitter.ts'
import type { TransformPlan } from './transform.ts'

const planOf = (plan: Partial<TransformPlan>): TransformPlan => ({
  split: 'Line',
  strategy: 'MultiRecord',
  assemble: 'None',
  compression: 'None',
  maxPayloadBytes: 64,
  maxConcurrent: 1,
  maxRetries: 0,
  ...plan,
})

async function* chunked(content: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map(cut => cut % (content.length + 1)))].sort((a, b) => a - b)
  for (const [index, end] of [...ends, content.length].entries()) yield content.subarray(ends[index - 1] ?? 0, end)
}

/** The payloads, and the code of the error that ended them. */
async function outcome(content: Buffer, plan: TransformPlan, cuts: readonly number[] = []) {
  const payloads: Payload[] = []
  try {
    for await (const payload of split(chunked(content, cuts), plan)) payloads.push(payload)
    return { payloads, failed: '' }
  } catch (error) {
    assert.ok(error instanceof ServiceError)
    assert.equal(error.code, 'ClientError')
    return { payloads, failed: error.message }
  }
}

const bodies = (payloads: readonly Payload[]) => payloads.map(({ body }) => Buffer.from(body).toString('latin1'))

const recordIo = (data: Buffer, flag = 0): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0xced7230a, 0)
  head.writeUInt32LE(((flag << 29) | data.length) >>> 0, 4)
  return Buffer.concat([head, data, Buffer.alloc((4 - (data.length % 4)) % 4)])
}

const tfRecord = (data: Buffer): Buffer => {
  const head = Buffer.alloc(12, 0xcc)
  head.writeBigUInt64LE(BigInt(data.length), 0)
  return Buffer.concat([head, data, Buffer.alloc(4, 0xdd)])
}

const text = fc
  .array(
    fc.tuple(
      fc.string({ unit: fc.constantFrom('a', ',', 'é', '"', '\r'), maxLength: 30 }),
      fc.constantFrom('\n', '\r\n', '\n\n'),
    ),
  )
  .chain(lines =>
    fc
      .boolean()
      .map(ended => lines.map(([line, end], index) => line + (ended || index < lines.length - 1 ? end : '')).join('')),
  )
  .map(joined => Buffer.from(joined))
const records = fc.array(fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)))
const wrapped = fc.oneof(
  fc.record({ split: fc.constant('Line' as const), content: text }),
  fc.record({
    split: fc.constant('RecordIO' as const),
    content: records.map(all => Buffer.concat(all.map(data => recordIo(data)))),
  }),
  fc.record({ split: fc.constant('TFRecord' as const), content: records.map(all => Buffer.concat(all.map(tfRecord))) }),
  fc.record({ split: fc.constant('None' as const), content: text }),
)
const strategy = fc.constantFrom('MultiRecord' as const, 'SingleRecord' as const)
const cuts = fc.array(fc.nat(5000), { maxLength: 30 })
const limit = fc.constantFrom(0, 1, 7, 16, 48, 64, 1000)

test('however the input arrives, the payloads are the same', () =>
  fc.assert(
    fc.asyncProperty(wrapped, strategy, limit, cuts, async ({ split, content }, strategy, maxPayloadBytes, cuts) => {
      const plan = planOf({ split, strategy, maxPayloadBytes })
      const whole = await outcome(content, plan)
      const pieces = await outcome(content, plan, cuts)
      assert.deepEqual(bodies(pieces.payloads), bodies(whole.payloads))
      assert.equal(pieces.failed === '', whole.failed === '')
      const numbers = ({ first, last }: Payload) => [first, last]
      assert.deepEqual(pieces.payloads.map(numbers), whole.payloads.map(numbers))
    }),
    { numRuns: 400 },
  ))

test('what arrives damaged or cut gives payloads or a ClientError, the same for any chunks', () =>
  fc.assert(
    fc.asyncProperty(
      wrapped,
      strategy,
      cuts,
      fc.nat(),
      fc.nat(255),
      async ({ split, content }, strategy, cuts, at, byte) => {
        const damaged = Buffer.from(content)
        if (damaged.length > 0) damaged[at % damaged.length] = byte
        const cut = damaged.subarray(0, at % 7 === 0 ? at % (damaged.length + 1) : damaged.length)
        const plan = planOf({ split, strategy, maxPayloadBytes: 48 })
        const whole = await outcome(cut, plan)
        const pieces = await outcome(cut, plan, cuts)
        assert.deepEqual(bodies(pieces.payloads), bodies(whole.payloads))
        assert.equal(pieces.failed === '', whole.failed === '')
      },
    ),
  ))

test('payloads of many lines are the input without its empty lines, each as full as it can be', () =>
  fc.assert(
    fc.asyncProperty(text, cuts, async (content, cuts) => {
      const { payloads, failed } = await outcome(content, planOf({ maxPayloadBytes: 80 }), cuts)
      assert.equal(failed, '')
      const expected =
        content
          .toString('latin1')
          .match(/[^\n]*\n|[^\n]+$/g)
          ?.filter(line => !/^\r?\n$/.test(line)) ?? []
      assert.equal(bodies(payloads).join(''), expected.join(''))
      assert.equal(
        payloads.reduce((sum, { first, last }) => sum + last - first + 1, 0),
        expected.length,
      )
      for (const [index, { first, last, body }] of payloads.entries()) {
        assert.ok(body.byteLength <= 80)
        const next = payloads[index + 1]
        if (!next) continue
        assert.equal(next.first, last + 1)
        assert.ok(body.byteLength + (expected[next.first] ?? '').length > 80, `payload from ${first} could hold more`)
      }
    }),
  ))

test('payloads hold nothing of the chunks, which are overwritten once the next is asked for', () =>
  fc.assert(
    fc.asyncProperty(
      wrapped,
      strategy,
      limit,
      cuts,
      async ({ split: kind, content }, strategy, maxPayloadBytes, cuts) => {
        async function* reused() {
          for await (const chunk of chunked(content, cuts)) {
            const copy = Buffer.from(chunk)
            yield copy
            copy.fill(0x2a)
          }
        }
        const plan = planOf({ split: kind, strategy, maxPayloadBytes })
        const whole = await outcome(content, plan, cuts)
        const payloads: Payload[] = []
        try {
          for await (const payload of split(reused(), plan)) payloads.push(payload)
        } catch (error) {
          assert.equal((error as Error).message, whole.failed)
        }
        assert.deepEqual(bodies(payloads), bodies(whole.payloads))
      },
    ),
    { numRuns: 200 },
  ))

test('a record alone has no line end', async () => {
  const { payloads } = await outcome(Buffer.from('a\r\nb\n\n\r\nc'), planOf({ strategy: 'SingleRecord' }))
  assert.deepEqual(bodies(payloads), ['a', 'b', 'c'])
  assert.deepEqual(
    payloads.map(({ first, last }) => [first, last]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
  )
})

test('binary records are sent alone without their wrapping, together with it', () =>
  fc.assert(
    fc.asyncProperty(records, cuts, async (all, cuts) => {
      for (const [split, wrap] of [
        ['RecordIO', (data: Buffer) => recordIo(data)],
        ['TFRecord', tfRecord],
      ] as const) {
        const content = Buffer.concat(all.map(wrap))
        const single = await outcome(content, planOf({ split, strategy: 'SingleRecord' }), cuts)
        assert.deepEqual(
          bodies(single.payloads),
          all.map(data => data.toString('latin1')),
        )
        const multi = await outcome(content, planOf({ split }), cuts)
        assert.equal(bodies(multi.payloads).join(''), content.toString('latin1'))
        for (const { body } of multi.payloads) assert.ok(body.byteLength <= 64)
      }
    }),
  ))

test('a record at the limit is sent, one above it is refused by its number', async () => {
  const lines = `x\n\n${'y'.repeat(10)}\r\n`
  const single = planOf({ strategy: 'SingleRecord', maxPayloadBytes: 10 })
  assert.equal((await outcome(Buffer.from(lines), single, [14])).payloads.length, 2)
  for (const cuts of [[], [13], [3, 5, 14, 15]]) {
    const { payloads, failed } = await outcome(Buffer.from(`x\n\n${'y'.repeat(11)}\r\n`), single, cuts)
    assert.deepEqual(bodies(payloads), ['x'])
    assert.match(
      failed,
      /^record 2 \(counted from 1\): refused by the platform: it has 1\d bytes or more, and MaxPayloadInMB allows 10$/,
    )
  }
})

test('an endless line ends at the limit, not in memory', async () => {
  let sent = 0
  async function* endless() {
    for (; sent < 1e9; sent += 1000) yield Buffer.alloc(1000, 0x61)
  }
  await assert.rejects(split(endless(), planOf({ maxPayloadBytes: 5000 })).next(), { code: 'ClientError' })
  assert.ok(sent <= 6000)
})

const refused: readonly (readonly [string, Partial<TransformPlan>, Buffer, RegExp])[] = [
  ['an object above the limit', { split: 'None' }, Buffer.alloc(65), /more than 64 bytes.*SplitType is None/],
  [
    'RecordIO without its magic',
    { split: 'RecordIO' },
    Buffer.alloc(16),
    /record 1 \(counted from 1\): refused by the platform: it is not a whole RecordIO record/,
  ],
  [
    'RecordIO that breaks off',
    { split: 'RecordIO' },
    recordIo(Buffer.alloc(9)).subarray(0, 12),
    /record 1 .*it is not a whole/,
  ],
  ['RecordIO in parts', { split: 'RecordIO' }, recordIo(Buffer.alloc(4), 1), /part of a divided RecordIO/],
  ['a giant RecordIO record', { split: 'RecordIO' }, recordIo(Buffer.alloc(65)), /record 1 .*it has 65 bytes/],
  [
    'TFRecord that breaks off',
    { split: 'TFRecord' },
    tfRecord(Buffer.alloc(9)).subarray(0, -1),
    /not a whole TFRecord/,
  ],
  [
    'a second TFRecord that breaks off',
    { split: 'TFRecord' },
    Buffer.concat([tfRecord(Buffer.alloc(1)), Buffer.alloc(3)]),
    /record 2 /,
  ],
  ['a giant TFRecord', { split: 'TFRecord' }, Buffer.alloc(16, 0xff), /record 1 .*it has 18446744073709552000 bytes/],
]

for (const [name, plan, content, message] of refused)
  test(`${name} is refused`, async () => assert.match((await outcome(content, planOf(plan))).failed, message))

test('an empty object is one payload when it is not split, and none when it is', async () => {
  for (const [kind, count] of [
    ['None', 1],
    ['Line', 0],
    ['RecordIO', 0],
    ['TFRecord', 0],
  ] as const)
    assert.equal((await outcome(Buffer.alloc(0), planOf({ split: kind }))).payloads.length, count)
})
