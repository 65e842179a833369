import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkTargetInput, type TargetInput, targetInput } from './target-input.ts'

const body =
  '{"version":"0","id":"e1","source":"aws.ec2","time":"2017-12-22T18:43:48Z","detail-type":"State","resources":["a","b"],"detail":{"instance-id":"i-0","state":"say \\"RUNNING\\"","limit":301.80,"tags":[{"k":"x"},{"k":"y"}]}}'
const ruleArn = 'arn:aws:events:us-east-1:123456789012:rule/example'
const made = (given: TargetInput) => targetInput(given, { body, announced: 1_700_000_000_000, ruleArn })
const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  made({ InputTransformer: { InputPathsMap, InputTemplate } })

const paths = {
  ...{ instance: '$.detail.instance-id', state: '$.detail.state', limit: '$.detail.limit', whole: '$.detail' },
  ...{ first: '$.resources[0]', keys: '$.detail.tags[*].k', nowhere: '$.detail.other' },
}

const table: readonly (readonly [says: string, template: string, text: string])[] = [
  ['a text', '"<instance> is in state <state>"', '"i-0 is in state say \\"RUNNING\\""'],
  ['a text without quotes', '<instance> is in state <state>', 'i-0 is in state say "RUNNING"'],
  ['JSON values', '{"i":<instance>,"s":<state>}', '{"i":"i-0","s":"say \\"RUNNING\\""}'],
  ['within quotes', '{"i":"<instance>!","l":"<limit>"}', '{"i":"i-0!","l":"301.80"}'],
  ['a number as it was written', '{"l":<limit>}', '{"l":301.80}'],
  ['an item and all of a list', '[<first>,<keys>]', '["a",["x","y"]]'],
  ['what is not there', '{"n":<nowhere>,"m":"<nowhere>"}', '{"n":"","m":""}'],
  ['a name that no variable has', '"<other>"', '"<other>"'],
  ['the rule', '{"r":<aws.events.rule-arn>,"n":"<aws.events.rule-name>"}', `{"r":"${ruleArn}","n":"example"}`],
  ['when it came', '"<aws.events.event.ingestion-time>"', '"2023-11-14T22:13:20.000Z"'],
  ['the whole event', '<aws.events.event.json>', body],
]

for (const [says, template, text] of table)
  test(`an input transformer: ${says}`, () => assert.equal(transformed(template, paths), text))

test('the event without its detail', () => {
  assert.equal(JSON.parse(transformed('{"e":<aws.events.event>}')).e.detail, undefined)
})

test('a constant, and a part of the event', () => {
  assert.equal(made({ Input: '{"a":1}' }), '{"a":1}')
  assert.equal(made({ InputPath: '$.detail.tags' }), '[{"k":"x"},{"k":"y"}]')
  assert.equal(made({ InputPath: '$.detail.nowhere' }), 'null')
  assert.equal(made({ InputPath: '$' }), body)
  assert.equal(made({}), body)
})

const refusals: readonly (readonly [TargetInput, RegExp])[] = [
  [{ Input: '{', InputPath: '$' }, /Only one of Input, InputPath, or InputTransformer/],
  [{ Input: '{' }, /JSON syntax error/],
  [{ InputPath: 'detail' }, /Invalid InputPath/],
  [{ InputPath: '$.a[?(@.b)]' }, /Invalid InputPath/],
  [{ InputTransformer: { InputPathsMap: { 'AWS.x': '$' }, InputTemplate: '"x"' } }, /reserved/],
  [{ InputTransformer: { InputPathsMap: { x: '$..a' }, InputTemplate: '"x"' } }, /Invalid x/],
  [{ InputTransformer: { InputTemplate: '{"a":<x>' } }, /not JSON/],
]

for (const [given, says] of refusals)
  test(`refused: ${JSON.stringify(given)}`, () =>
    assert.throws(() => checkTargetInput({ Id: 't', ...given }), { name: 'ValidationException', message: says }))

test('property: a template of JSON stays JSON, whatever the event says', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const event = { body: JSON.stringify({ detail: { value } }), announced: 0, ruleArn }
      const InputTransformer = {
        InputPathsMap: { v: '$.detail.value' },
        InputTemplate: '{"bare":<v>,"quoted":"<v>, said"}',
      }
      const { bare, quoted } = JSON.parse(targetInput({ InputTransformer }, event))
      assert.deepEqual(bare, JSON.parse(JSON.stringify(value)))
      assert.ok(quoted.endsWith(', said'))
    }),
  )
})

test('a template that names a large event hundreds of times makes nothing, and says so', () => {
  const large = JSON.stringify({ detail: 'x'.repeat(250_000) })
  const given = { body: large, announced: 0, ruleArn }
  const InputTemplate = '<aws.events.event.json>'.repeat(300)
  assert.throws(() => targetInput({ InputTransformer: { InputTemplate } }, given), {
    code: 'INVALID_INPUT',
    message: 'The InputTemplate makes more than 256 KiB of this event.',
  })
  const once = { InputTransformer: { InputTemplate: '<aws.events.event.json>' } }
  assert.equal(targetInput(once, given), large)
})
