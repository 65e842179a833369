import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as tick } from 'node:timers/promises'
import { createThreadedProcessing } from './processing-thread.ts'
import type { TransformPlan } from './transform.ts'

const plan: TransformPlan = {
  ...{ split: 'None', strategy: 'SingleRecord', assemble: 'None', compression: 'None' },
  ...{ maxPayloadBytes: 100 * 2 ** 20, maxConcurrent: 1, maxRetries: 0 },
  ...{ contentType: 'application/json', accept: 'application/json' },
  processing: { inputFilter: '$.in', outputFilter: "$['SageMakerOutput']", join: 'Input' },
}
const processing = createThreadedProcessing(plan, '1')
assert.ok(processing)
const payloadOf = (text: string) => ({ first: 0, last: 0, body: Buffer.from(text) })

test('large records are filtered and joined as small ones are, and refused with the same words', async () => {
  for (const size of [10, 100_000]) {
    const payload = payloadOf(JSON.stringify({ in: 'x'.repeat(size), other: 1 }))
    assert.equal(Buffer.from(await processing.request(payload)).toString(), JSON.stringify('x'.repeat(size)))
    const written = await processing.output(payload, Buffer.from(JSON.stringify('y'.repeat(size))))
    assert.equal(Buffer.from(written).toString(), JSON.stringify('y'.repeat(size)))
    const broken = payloadOf(`{"in":"${'x'.repeat(size)}`)
    await assert.rejects(async () => processing.request(broken), {
      code: 'ClientError',
      message: /^record 1 \(counted from 1\): refused by the platform: the input is not valid JSON/,
    })
  }
})

test('a record that would be a hundred times as large taken apart is refused, and nobody waits while it is looked at', async () => {
  let looks = 0
  let isOver = false
  const hostile = payloadOf(`{"in":[${'[],'.repeat(1_000_000)}[]]}`)
  const refused = assert
    .rejects(async () => processing.request(hostile), {
      code: 'ClientError',
      message:
        'record 1 (counted from 1): refused by the platform: the input cannot be taken apart: a record has more than 750000 members',
    })
    .finally(() => {
      isOver = true
    })
  const neighbour = createThreadedProcessing(plan, '2')
  const fine = payloadOf(JSON.stringify({ in: 'z'.repeat(100_000) }))
  const other = Promise.resolve(neighbour?.request(fine))
  for (; !isOver; looks++) await tick()
  await refused
  assert.ok(looks > 1, `the process looked ${looks} times at what had arrived`)
  assert.equal((await other)?.byteLength, 100_002)
})

test('records of a line each are as many as there are, and none has more than eight million characters', async () => {
  const csv: TransformPlan = {
    ...{ ...plan, contentType: 'text/csv', accept: 'text/csv' },
    processing: { inputFilter: '$[1]', outputFilter: '$', join: 'None' },
  }
  const rows = createThreadedProcessing(csv, '1')
  const many = payloadOf('0,1\n'.repeat(200_000))
  assert.equal(Buffer.from((await rows?.request(many)) ?? []).toString(), '1\n'.repeat(200_000))
  const long = payloadOf(`0,1\n0,${'x'.repeat(8 * 2 ** 20)}\n`)
  await assert.rejects(async () => rows?.request(long), {
    code: 'ClientError',
    message: /the input cannot be taken apart: a record has more than 8388608 characters$/,
  })
})
