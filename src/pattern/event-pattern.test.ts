import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EventObject, parseEventJson } from './event-json.ts'
import { parseEventPattern } from './event-pattern.ts'

const fits = (pattern: unknown, event: unknown): boolean => fitsText(JSON.stringify(pattern), JSON.stringify(event))
const fitsText = (pattern: string, event: string): boolean =>
  parseEventPattern(pattern)(parseEventJson(event) as EventObject)

const instance = {
  ...{ version: '0', id: '6a7e8feb', 'detail-type': 'EC2 Instance State-change Notification', source: 'aws.ec2' },
  ...{ account: '111122223333', time: '2017-12-22T18:43:48Z', region: 'us-west-1' },
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1', 'arn:aws:ec2:us-west-1:123456789012:instance/i-2'],
  detail: {
    ...{
      'instance-id': 'i-1',
      state: 'terminated',
      'c-count': 5,
      'd-count': 3,
      'x-limit': 301.8,
      note: null,
      empty: '',
    },
    ...{
      'source-ip': '10.0.0.33',
      'source-ip6': '2001:db8::1',
      isNew: true,
      FileName: 'dir/sub/Picture.PNG',
      list: [],
    },
    employees: [
      { first: 'John', last: 'Doe' },
      [
        { first: 'Anna', last: 'Smith', age: 40 },
        { first: 'Peter', last: 'Jones' },
      ],
    ],
  },
}

const detail = (field: string, ...values: unknown[]) => ({ detail: { [field]: values } })

/** The examples of the user guide and of Event Ruler's README, their own and our negations. */
const table: readonly (readonly [says: string, pattern: unknown, isMatch: boolean])[] = [
  ['all fields, any value of each', { source: ['aws.s3', 'aws.ec2'], detail: { state: ['terminated'] } }, true],
  ['one field that does not fit', { source: ['aws.ec2'], detail: { state: ['running'] } }, false],
  ['a field that is not there', { source: ['aws.ec2'], detail: { other: ['x'] } }, false],
  ['an item of a list', { resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-2'] }, true],
  ['no item of a list', { resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-3'] }, false],
  ['null', detail('note', null), true],
  ['null is not the empty text', detail('note', ''), false],
  ['the empty text', detail('empty', ''), true],
  ['the empty text is not null', detail('empty', null), false],
  ['true', detail('isNew', true), true],
  ['true is no text', detail('isNew', 'true'), false],
  ['a number', detail('c-count', 5), true],
  ['a number is no text', detail('c-count', '5'), false],
  ['an object is not a value', detail('employees', 'John'), false],
  ['prefix', { time: [{ prefix: '2017-12-22' }] }, true],
  ['prefix, with other case', detail('state', { prefix: 'TERM' }), false],
  ['prefix, ignoring case', detail('state', { prefix: { 'equals-ignore-case': 'TERM' } }), true],
  ['suffix', detail('FileName', { suffix: '.PNG' }), true],
  ['suffix, with other case', detail('FileName', { suffix: '.png' }), false],
  ['suffix, ignoring case', detail('FileName', { suffix: { 'equals-ignore-case': '.png' } }), true],
  ['prefix of a number', detail('c-count', { prefix: '5' }), false],
  ['equals-ignore-case', detail('state', { 'equals-ignore-case': 'TERMINATED' }), true],
  ['equals-ignore-case of a part', detail('state', { 'equals-ignore-case': 'TERM' }), false],
  ['anything-but', detail('state', { 'anything-but': 'initializing' }), true],
  ['anything-but itself', detail('state', { 'anything-but': 'terminated' }), false],
  ['anything-but of what is not there', detail('other', { 'anything-but': 'x' }), false],
  ['anything-but a list', detail('state', { 'anything-but': ['stopped', 'overloaded'] }), true],
  ['anything-but a list that has it', detail('state', { 'anything-but': ['stopped', 'terminated'] }), false],
  ['anything-but numbers', detail('x-limit', { 'anything-but': [100, 200, 300] }), true],
  ['anything-but its number', detail('c-count', { 'anything-but': [5] }), false],
  ['anything-but its number, written otherwise', detail('c-count', { 'anything-but': 5.0 }), false],
  ['anything-but a prefix', detail('state', { 'anything-but': { prefix: 'init' } }), true],
  ['anything-but its prefix', detail('state', { 'anything-but': { prefix: 'term' } }), false],
  ['anything-but prefixes', detail('state', { 'anything-but': { prefix: ['init', 'term'] } }), false],
  ['anything-but a suffix', detail('FileName', { 'anything-but': { suffix: '.txt' } }), true],
  ['anything-but suffixes', detail('FileName', { 'anything-but': { suffix: ['.txt', '.PNG'] } }), false],
  ['anything-but, ignoring case', detail('state', { 'anything-but': { 'equals-ignore-case': 'TERMINATED' } }), false],
  [
    'anything-but others, ignoring case',
    detail('state', { 'anything-but': { 'equals-ignore-case': ['RUNNING', 'STOPPED'] } }),
    true,
  ],
  ['anything-but a wildcard', detail('FileName', { 'anything-but': { wildcard: '*/lib/*' } }), true],
  ['anything-but its wildcard', detail('FileName', { 'anything-but': { wildcard: '*/sub/*' } }), false],
  ['numeric range', detail('c-count', { numeric: ['>', 0, '<=', 5] }), true],
  ['numeric range, upper bound left out', detail('c-count', { numeric: ['>', 0, '<', 5] }), false],
  ['numeric below', detail('d-count', { numeric: ['<', 10] }), true],
  ['numeric at least', detail('d-count', { numeric: ['>=', 3.5] }), false],
  ['numeric equal, written otherwise', detail('x-limit', { numeric: ['=', 3.018e2] }), true],
  ['numeric of a text', detail('state', { numeric: ['>', 0] }), false],
  ['exists', detail('c-count', { exists: true }), true],
  ['exists, of null', detail('note', { exists: true }), true],
  ['exists, of what is not there', detail('other', { exists: true }), false],
  ['exists false', detail('other', { exists: false }), true],
  ['exists false, of what is there', detail('c-count', { exists: false }), false],
  ['exists works on leaves: an object is none', { detail: [{ exists: false }] }, true],
  ['exists false of an empty list', detail('list', { exists: false }), true],
  ['exists false below what is not there', { detail: { nowhere: { deep: [{ exists: false }] } } }, true],
  ['exists false or a value', detail('state', { exists: false }, 'terminated'), true],
  ['cidr', detail('source-ip', { cidr: '10.0.0.0/24' }), true],
  ['cidr of others', detail('source-ip', { cidr: '10.0.1.0/24' }), false],
  ['cidr of IPv6', detail('source-ip6', { cidr: '2001:db8::/32' }), true],
  ['cidr of IPv4 in one of IPv6', detail('source-ip', { cidr: '::/0' }), false],
  ['cidr of what is no address', detail('state', { cidr: '0.0.0.0/0' }), false],
  ['wildcard', detail('FileName', { wildcard: 'dir/*.PNG' }), true],
  ['wildcard of nothing', detail('state', { wildcard: '*terminated*' }), true],
  ['wildcard whose ends would overlap', detail('state', { wildcard: 'terminated*terminated' }), false],
  ['wildcard of an asterisk itself', detail('state', { wildcard: 'term\\*' }), false],
  ['$or', { $or: [{ source: ['aws.s3'] }, { detail: { state: ['terminated'] } }] }, true],
  ['$or of none', { $or: [{ source: ['aws.s3'] }, { detail: { state: ['running'] } }] }, false],
  ['$or and the rest', { account: ['x'], $or: [{ source: ['aws.ec2'] }, { region: ['x'] }] }, false],
  [
    '$or within',
    { detail: { $or: [{ 'c-count': [{ numeric: ['>', 10] }] }, { 'd-count': [{ numeric: ['<', 10] }] }] } },
    true,
  ],
  ['a field of an object in a list', { detail: { employees: { first: ['Anna'] } } }, true],
  ['two fields of one object in a list', { detail: { employees: { first: ['Anna'], last: ['Smith'] } } }, true],
  ['two fields of different objects in a list', { detail: { employees: { first: ['Anna'], last: ['Jones'] } } }, false],
  [
    'exists false where another object of the list has it',
    { detail: { employees: { age: [{ exists: false }] } } },
    false,
  ],
]

for (const [says, pattern, isMatch] of table)
  test(`${says}: ${isMatch ? 'fits' : 'does not fit'}`, () => assert.equal(fits(pattern, instance), isMatch))

test('numbers are the same as they are written, unless they are compared by numeric', () => {
  for (const other of ['300.0', '3.0e2', '3e2']) {
    assert.equal(fitsText('{"a":[300]}', `{"a":${other}}`), false, other)
    assert.equal(fitsText('{"a":[{"numeric":["=",300]}]}', `{"a":${other}}`), true, other)
  }
  assert.equal(fitsText('{"a":[300.0]}', '{"a":300.0}'), true)
})

const refusals: readonly (readonly [pattern: string, says: RegExp])[] = [
  ['', /not JSON/],
  ['{"a":', /not JSON/],
  ['[]', /not an object/],
  ['{}', /Empty objects/],
  ['{"a":{}}', /Empty objects/],
  ['{"a":[]}', /Empty arrays/],
  ['{"a":"x"}', /"a" must be an object or an array/],
  ['{"a":[["x"]]}', /Arrays are not allowed/],
  ['{"a":[{"prefix":"x","suffix":"y"}]}', /Only one key/],
  ['{"a":[{}]}', /Only one key/],
  ['{"a":[{"like":"x"}]}', /Unrecognized match type like/],
  ['{"a":[{"toString":"x"}]}', /Unrecognized match type toString/],
  ['{"a":[{"prefix":5}]}', /prefix match pattern must be a string/],
  ['{"a":[{"prefix":{"suffix":"x"}}]}', /Unsupported prefix pattern/],
  ['{"a":[{"exists":"true"}]}', /exists/],
  ['{"a":[{"wildcard":"a**b"}]}', /wildcard/],
  ['{"a":[{"wildcard":"a\\\\b"}]}', /wildcard/],
  ['{"a":[{"cidr":"10.0.0.0"}]}', /CIDR/],
  ['{"a":[{"cidr":"10.0.0.0/33"}]}', /CIDR/],
  ['{"a":[{"numeric":["<"]}]}', /elements/],
  ['{"a":[{"numeric":["<>",1]}]}', /Unrecognized numeric/],
  ['{"a":[{"numeric":["<","1"]}]}', /must be numeric/],
  ['{"a":[{"numeric":["<",5,">",1]}]}', /lower bound/],
  ['{"a":[{"numeric":[">",5,"<",1]}]}', /Bottom must be less than top/],
  ['{"a":[{"numeric":["=",6e9]}]}', /between/],
  ['{"a":[{"anything-but":["x",1]}]}', /mixed type/],
  ['{"a":[{"anything-but":[]}]}', /Empty arrays/],
  ['{"a":[{"anything-but":null}]}', /mixed type/],
  ['{"a":[{"anything-but":{"numeric":["=",1]}}]}', /Unsupported anything-but/],
  ['{"a":[{"anything-but":{"prefix":""}}]}', /not empty/],
]

for (const [pattern, says] of refusals)
  test(`refused: ${pattern || 'nothing'}`, () =>
    assert.throws(() => parseEventPattern(pattern), {
      name: 'PatternProblem',
      message: says,
    }))

test('a pattern of too many choices at once is refused', () => {
  const choice = [{ a: ['x'] }, { b: ['x'] }]
  const nested = (depth: number): object =>
    depth === 0 ? { z: ['x'] } : { [`n${depth}`]: { $or: choice, ...nested(depth - 1) } }
  assert.throws(() => parseEventPattern(JSON.stringify(nested(12))), /combinations/)
  assert.doesNotThrow(() => parseEventPattern(JSON.stringify(nested(9))))
})

const text = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'A', '*', '\\', '.') })
const scalar = fc.oneof(text, fc.integer({ min: -1000, max: 1000 }))
const operator = fc.oneof(
  fc.record({
    operator: fc.constantFrom('prefix', 'suffix', 'equals-ignore-case'),
    operand: text.filter(one => one !== ''),
  }),
  text
    .filter(one => one !== '')
    .map(one => ({ operator: 'wildcard', operand: one.replaceAll('\\', '').replace(/\*+/g, '*') || 'a' })),
)

test('property: a value fits an operator or its anything-but, never both', () => {
  fc.assert(
    fc.property(operator, scalar, ({ operator: name, operand }, value) => {
      const event = { a: value }
      assert.notEqual(
        fits({ a: [{ [name]: operand }] }, event),
        fits({ a: [{ 'anything-but': { [name]: operand } }] }, event),
      )
    }),
  )
  fc.assert(
    fc.property(scalar, scalar, (expected, value) => {
      assert.notEqual(fits({ a: [expected] }, { a: value }), fits({ a: [{ 'anything-but': expected }] }, { a: value }))
    }),
  )
})

test('property: exists true and exists false, one of them fits', () => {
  const value = fc.jsonValue({ maxDepth: 3 })
  fc.assert(
    fc.property(fc.record({ a: value, b: value }, { requiredKeys: [] }), event => {
      assert.notEqual(fits({ a: [{ exists: true }] }, event), fits({ a: [{ exists: false }] }, event))
    }),
  )
})

test('property: a wildcard is a regular expression of the same meaning', () => {
  const parts = fc.array(fc.constantFrom('*', 'a', 'b', 'ab', '\\*', '\\\\'), { maxLength: 8 })
  fc.assert(
    fc.property(parts, text, (tokens, value) => {
      const kept = tokens.filter((token, index) => token !== '*' || tokens[index - 1] !== '*')
      const expression = kept.map(token => (token === '*' ? '.*' : token)).join('')
      const isMatch = fits({ a: [{ wildcard: kept.join('') }] }, { a: value })
      assert.equal(isMatch, new RegExp(`^${expression}$`, 's').test(value))
    }),
  )
})

test('property: any JSON is a pattern or refused as one, and any event is judged', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (pattern, event) => {
      try {
        fits({ a: pattern }, { a: event })
      } catch (error) {
        assert.equal((error as Error).name, 'PatternProblem')
      }
    }),
  )
})
