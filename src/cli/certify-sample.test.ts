import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enlarged } from './certify-sample.ts'

const sized = (sample: string, type: string, bytes: number) => enlarged(Buffer.from(sample), type, bytes)?.toString()

test('lines are repeated up to the size, each whole', () => {
  assert.equal(sized('1,2\n', 'text/csv', 10), '1,2\n1,2\n')
  assert.equal(sized('1,2', 'text/csv; header=absent', 9), '1,2\n1,2\n')
  assert.equal(sized('{"a":1}\n', 'application/jsonlines', 16), '{"a":1}\n{"a":1}\n')
})

test('JSON stays one value of exactly that size', () => {
  const text = sized('{"a":1}', 'application/json', 20) as string
  assert.equal(text.length, 20)
  assert.deepEqual(JSON.parse(text), { a: 1 })
})

test('what cannot be enlarged is left alone', () => {
  assert.equal(sized('PNG', 'image/png', 100), undefined)
  assert.equal(sized('too long\n', 'text/csv', 3), undefined)
  assert.equal(sized('', 'text/csv', 3), undefined)
})
