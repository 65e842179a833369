import assert from 'node:assert/strict'
import test from 'node:test'
import { parseJsonPath } from './json-path.ts'

const row = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const record = { id: 7, features: [1, 2, 3], 'odd.name]': { x: 1, y: 2 }, items: [{ n: 1, m: 5 }, { n: 2 }, 3] }

const selected: readonly (readonly [string, unknown, unknown])[] = [
  ['$', row, row],
  ['$[0]', row, 'a'],
  ['$[-1]', row, 'g'],
  ['$[0,-1]', row, ['a', 'g']],
  ['$[1:]', row, ['b', 'c', 'd', 'e', 'f', 'g']],
  ['$[:2]', row, ['a', 'b']],
  ['$[2:4]', row, ['c', 'd']],
  ['$[-2:]', row, ['f', 'g']],
  ['$[:]', row, row],
  ['$[5:99]', row, ['f', 'g']],
  ['$[0,5:]', row, ['a', 'f', 'g']],
  ['$[*]', row, row],
  ['$.*', { a: 1, b: 2 }, [1, 2]],
  ['$.features', record, [1, 2, 3]],
  ["$['features']", record, [1, 2, 3]],
  ['$.features[0]', record, 1],
  ['$.features[1:]', record, [2, 3]],
  ["$['id','features']", record, { id: 7, features: [1, 2, 3] }],
  ['$["id" , "absent"]', record, { id: 7 }],
  ["$['odd.name]'].x", record, 1],
  ["$.['odd.name]']['x','y']", record, { x: 1, y: 2 }],
  ['$.items[*].n', record, [1, 2]],
  ['$.items[0:2].m', record, [5]],
  ["$['items','features'][0]", record, [{ n: 1, m: 5 }, 1]],
]

for (const [path, value, expected] of selected)
  test(`${path} selects`, () => assert.deepEqual(parseJsonPath(path).select(value), expected))

const lacking: readonly (readonly [string, unknown, RegExp])[] = [
  ['$[7]', row, /index 7 is outside of the 7 elements/],
  ['$[0,-8]', row, /index -8 is outside/],
  ['$.name', row, /the name "name" needs an object, and there is an array/],
  ['$.absent', record, /there is no "absent"/],
  ['$.constructor', record, /there is no "constructor"/],
  ['$.id.x', record, /needs an object, and there is a single value/],
  ['$[0]', record, /needs an array, and there is an object/],
  ['$.id.*', record, /wildcard \* needs an array, and there is a single value/],
  ['$[1:]', null, /needs an array, and there is null/],
]

for (const [path, value, message] of lacking)
  test(`${path} says what is missing`, () => assert.throws(() => parseJsonPath(path).select(value), { message }))

for (const path of [
  '',
  'features',
  '$features',
  '$..name',
  '$[?(@.a)]',
  '$[(@.length-1)]',
  '$[1:2:3]',
  '$[',
  '$.',
  '$[]',
  "$['a',1]",
  '$[1,]',
  '$[1:2',
  '$.a b',
])
  test(`${JSON.stringify(path)} is no path`, () =>
    assert.throws(() => parseJsonPath(path), { message: /^Invalid JsonPath: / }))

test('two ranges are refused in the words of SageMaker', () =>
  assert.throws(() => parseJsonPath('$[0:2,5:]'), { message: /^Invalid JsonPath: .*[Oo]nly single range filters/ }))
