import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkFilterPolicy, messageFilter } from './filter-policy.ts'
import { messageOf } from './message.ts'

const text = (StringValue: string) => ({ DataType: 'String', StringValue })
const number = (StringValue: string) => ({ DataType: 'Number', StringValue })
const list = (StringValue: string) => ({ DataType: 'String.Array', StringValue })
const attributes = { store: text('corp'), price: number('301.50'), tags: list('["a",7,true,null]') }

function fits(policy: object, MessageAttributes: object = attributes): boolean {
  const FilterPolicy = JSON.stringify(policy)
  checkFilterPolicy(FilterPolicy, 'MessageAttributes')
  const message = messageOf({ Message: 'x', MessageAttributes: MessageAttributes as never })
  return messageFilter({ FilterPolicy })({ id: '', published: 0, ...message })
}

/** SNS Developer Guide, "String value matching", "Numeric value matching", "Key matching", "AND/OR logic". */
const table: readonly (readonly [string, object, boolean])[] = [
  ['a value', { store: ['corp'] }, true],
  ['another value', { store: ['shop'] }, false],
  ['one of several', { store: ['shop', 'corp'] }, true],
  ['each of several names', { store: ['corp'], price: [1] }, false],
  ['a number by its value, however it is written', { price: [301.5] }, true],
  ['numeric', { price: [{ numeric: ['>', 300, '<=', 301.5] }] }, true],
  ['numeric beyond', { price: [{ numeric: ['>', 302] }] }, false],
  ['a text is no number', { price: ['301.5'] }, false],
  ['an item of a list', { tags: ['a'] }, true],
  ['a number in a list', { tags: [7] }, true],
  ['null in a list', { tags: [null] }, true],
  ['no item of a list', { tags: ['b'] }, false],
  ['anything but', { store: [{ 'anything-but': ['shop'] }] }, true],
  ['prefix', { store: [{ prefix: 'co' }] }, true],
  ['suffix', { store: [{ suffix: 'co' }] }, false],
  ['equals ignoring case', { store: [{ 'equals-ignore-case': 'CORP' }] }, true],
  ['is there', { store: [{ exists: true }] }, true],
  ['is not there', { other: [{ exists: false }] }, true],
  ['is there, and should not be', { store: [{ exists: false }] }, false],
  ['one or the other', { $or: [{ store: ['shop'] }, { price: [301.5] }] }, true],
  ['nothing asked', {}, true],
]
for (const [says, policy, isWanted] of table) test(`attributes: ${says}`, () => assert.equal(fits(policy), isWanted))

test('a binary attribute is seen by no policy', () =>
  assert.equal(fits({ b: [{ exists: false }] }, { b: { DataType: 'Binary', BinaryValue: Buffer.from('x') } }), true))

function fitsBody(policy: object, Message: string): boolean {
  const FilterPolicy = JSON.stringify(policy)
  checkFilterPolicy(FilterPolicy, 'MessageBody')
  const filter = messageFilter({ FilterPolicy, FilterPolicyScope: 'MessageBody' })
  return filter({ id: '', published: 0, ...messageOf({ Message }) })
}

test('a body is looked into, what is no JSON object is nobody’s', () => {
  const policy = { order: { total: [{ numeric: ['>=', 10] }] } }
  assert.equal(fitsBody(policy, '{"order":{"total":10.0}}'), true)
  assert.equal(fitsBody(policy, '{"order":{"total":9}}'), false)
  for (const body of ['text', '[1]', '"x"', '{"order":']) assert.equal(fitsBody(policy, body), false, body)
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ['', /failed to parse JSON/],
  ['[]', /not an object/],
  ['{"a":"x"}', /must be an object or an array/],
  ['{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}', /more than 5 names/],
  [JSON.stringify({ a: Array.from({ length: 151 }, (_, index) => index) }), /more than 150 combinations/],
  [`{"a":["${'x'.repeat(257 * 1024)}"]}`, /larger than 256 KB/],
  ['{"a":{"b":["x"]}}', /have nothing within them/],
  ['{"a":[{"between":[1,2]}]}', /Unrecognized match type/],
]
for (const [policy, says] of refusals)
  test(`refused: ${policy.slice(0, 60)}`, () =>
    assert.throws(() => checkFilterPolicy(policy, 'MessageAttributes'), { message: says }))

test('property: any JSON is a filter policy or refused as one, and any body is judged', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.json(), (policy, body) => {
      const text = JSON.stringify(policy)
      try {
        checkFilterPolicy(text, 'MessageBody')
      } catch (error) {
        assert.equal((error as Error).name, 'InvalidParameterException')
        return
      }
      const filter = messageFilter({ FilterPolicy: text, FilterPolicyScope: 'MessageBody' })
      assert.equal(typeof filter({ id: '', published: 0, texts: { default: body }, attributes: {} }), 'boolean')
    }),
  )
})
