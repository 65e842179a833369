import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseFilterPattern } from './filter-pattern.ts'

const apache = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
const event = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  'detail-type': 'x',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  latency: 51.5,
  errorCode: 400,
  tiny: 1e-3,
  user: { id: 1, email: 'John.Stiles@example.com' },
  coordinates: [[0, 1, 2]],
})

/** Pattern, message, whether it matches: examples made after the User Guide's rules. */
const cases: [pattern: string, message: string, matches: boolean][] = [
  ['', 'anything', true],
  ['" "', 'two words', true],
  ['ERROR', '[ERROR 400] BAD REQUEST', true],
  ['ERROR', 'Exiting with ERRORCODE: -1', true],
  ['ERROR', 'error', false],
  ['ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', true],
  ['ERROR ARGUMENTS', '[ERROR 401] UNAUTHORIZED', false],
  ['?ERROR ?WARN', 'WARN message', true],
  ['?ERROR ?WARN', 'INFO message', false],
  ['?ERROR ?WARN INFO', 'INFO message', true],
  ['?ERROR ?WARN INFO', 'ERROR message', false],
  ['"INTERNAL SERVER ERROR"', '[500] INTERNAL SERVER ERROR', true],
  ['"say \\"hi\\""', 'they say "hi"', true],
  ['ERROR -ARGUMENTS', '[ERROR 400] BAD', true],
  ['ERROR -ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', false],
  ['-"BAD REQUEST"', 'fine', true],
  ['%AUTHORIZED%', 'UNAUTHORIZED', true],
  ['%^[hc]at$%', 'cat', true],
  ['%^[hc]at$%', 'a cat', false],
  ['%\\d{1,3}\\.\\d{1,3}%', 'ip 10.20', true],
  ['{ $.eventType = "UpdateTrail" }', event, true],
  ['{$.eventType=UpdateTrail}', event, true],
  ['{ $.eventType = "*Trail" }', event, true],
  ['{ $.eventType = Up*il }', event, true],
  ['{ $.eventType = "Update" }', event, false],
  ['{ $.eventType != "X" }', event, true],
  ['{ $.missing != "X" }', event, false],
  ['{ $.sourceIPAddress != 123.123.* }', event, true],
  ['{ $.sourceIPAddress = %^111\\.% }', event, true],
  ['{ $.detail-type = x }', event, true],
  ['{ $.arrayKey[0] = "value" }', event, true],
  ['{ $.arrayKey[*] = "another value" }', event, true],
  ['{ $.arrayKey = "value" }', event, false],
  ['{ $.arrayKey != "value" }', event, false],
  ['{ $.objectList[1].id = 2 }', event, true],
  ['{ $.objectList[*].id = 3 }', event, false],
  ['{ $.user.* = 1 }', event, true],
  ['{ $.coordinates[0][1] = 1 }', event, true],
  ['{ $.SomeObject IS NULL }', event, true],
  ['{ $.eventType IS NULL }', event, false],
  ['{ $.Other NOT EXISTS }', event, true],
  ['{ $.SomeObject NOT EXISTS }', event, false],
  ['{ $.ThisFlag IS TRUE }', event, true],
  ['{ $.ThisFlag IS FALSE }', event, false],
  ['{ $.latency = * }', event, true],
  ['{ $.none = * }', event, false],
  ['{ $.latency > 51 }', event, true],
  ['{ $.latency >= 51.5 && $.latency <= 5.15e1 }', event, true],
  ['{ $.latency < +50 }', event, false],
  ['{ $.tiny = 1e-3 }', event, true],
  ['{ $.errorCode = 400 }', event, true],
  ['{ $.errorCode != 500 }', event, true],
  ['{ ($.user.id = 2 && $.eventType = "UpdateTrail") || $.errorCode = 400 }', event, true],
  ['{ $.user.id = 1 || $.none = a && $.other = b }', event, true],
  ['{ ($.user.id = 1 || $.none = a) && $.other = b }', event, false],
  ['{ $.a = 1 }', 'not json', false],
  ['{ $.a = 1 }', '{"a":', false],
  ['[ip, server, username, timestamp, request, status_code, bytes]', apache, true],
  ['[ip, server, username, timestamp, request, status_code]', apache, false],
  ['[ip, server, username, timestamp, request =*.html*, status_code = 4*, bytes]', apache, true],
  ['[..., request=*.html*, status_code=4*,]', apache, true],
  ['[ip, ..., bytes > 1000]', apache, true],
  ['[ip, ..., bytes > 2000]', apache, false],
  ['[ip, user, ...]', apache, true],
  ['[..., status_code = 404 || status_code = 410, bytes]', apache, true],
  ['[..., status_code = 4* && status_code != 404, bytes]', apache, false],
  ['[w1=ERROR, w2]', 'ERROR message', true],
  ['[w1=ERROR, w2]', 'ERROR WARN message', false],
  ['[w1!=ERROR && w1!=WARN, w2]', 'INFO message', true],
  ['[w1!=ERROR && w1!=WARN, w2]', 'WARN message', false],
  ['[w1=%ERR|WARN%, w2]', 'WARN message', true],
  ['[timestamp="10/Oct*", r]', '[10/Oct/2000 -0700] x', true],
]

test('patterns match what the User Guide says', () => {
  for (const [pattern, message, matches] of cases)
    assert.equal(parseFilterPattern(pattern)(message), matches, `${pattern} on ${message}`)
})

test('what is no pattern is refused', () => {
  const refused: [pattern: string, reason: RegExp][] = [
    ['user:1', /^Invalid character\(s\) in term ':'$/],
    ['(a b)', /^Invalid character\(s\) in term '\('$/],
    ['"open', /^Invalid character\(s\) in term '"'$/],
    ['%some(thing)%', /^Invalid character\(s\) in term '\('$/],
    ['%[%', /^Invalid regular expression/],
    ['{ $.a = }', /unexpected end/],
    ['{ $.a = 1', /no closing brace/],
    ['{ $."a" = 1 }', /Invalid/],
    ['{ a = 1 }', /^Invalid character\(s\) in term 'a'$/],
    ['{ $.a IS NOTHING }', /none of IS NULL/],
    ['{ $.a > abc }', /numbers only/],
    ['{ $.*.* = 1 }', /one wildcard/],
    ['{ $.a = %a% || $.b = %b% || $.c = %c% }', /no more than 2/],
    ['[a, b', /no closing bracket/],
    ['[a b]', /unexpected 'b'/],
    ['[..., a, ...]', /one ellipsis/],
  ]
  for (const [pattern, message] of refused)
    assert.throws(() => parseFilterPattern(pattern), { code: 'InvalidParameterException', message }, pattern)
})

const word = fc.stringMatching(/^[A-Za-z0-9_]{1,6}$/)
const text = fc.string({ maxLength: 20 })
const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`

test('any text parses or is refused, never anything else', () => {
  const pattern = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          '$.',
          'a',
          '=',
          '!=',
          '>',
          '&&',
          '||',
          '(',
          ')',
          '"',
          '%',
          '*',
          ' ',
          '...',
          ',',
          'IS',
          'NULL',
          '-',
          '?',
          '\\',
          '1',
        ),
        { maxLength: 20 },
      )
      .map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(pattern, text, (source, message) => {
      try {
        assert.equal(typeof parseFilterPattern(source)(message), 'boolean')
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'InvalidParameterException', String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('terms: all required, none excluded', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.boolean(),
          fc.oneof(
            word,
            text.filter(value => value !== ''),
          ),
        ),
      ),
      text,
      (terms, message) => {
        const pattern = terms.map(([exclude, term]) => `${exclude ? '-' : ''}${quote(term)}`).join(' ')
        const expected = terms.every(([exclude, term]) => message.includes(term) !== exclude)
        assert.equal(parseFilterPattern(pattern)(message), expected)
      },
    ),
  )
})

test('JSON: a compound condition is what JavaScript says it is', () => {
  const condition = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    operator: fc.constantFrom('=', '!=', '<', '>', '<=', '>='),
    value: fc.integer({ min: -3, max: 3 }),
  })
  const compare: Record<string, (x: number, y: number) => boolean> = {
    '=': (x, y) => x === y,
    '!=': (x, y) => x !== y,
    '<': (x, y) => x < y,
    '>': (x, y) => x > y,
    '<=': (x, y) => x <= y,
    '>=': (x, y) => x >= y,
  }
  const document = fc.record({ a: fc.integer({ min: -3, max: 3 }), b: fc.integer({ min: -3, max: 3 }) })
  fc.assert(
    fc.property(
      fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      document,
      (groups, values: Record<string, number>) => {
        const pattern = groups
          .map(group => group.map(({ key, operator, value }) => `$.${key} ${operator} ${value}`).join(' && '))
          .join(' || ')
        const expected = groups.some(group =>
          group.every(({ key, operator, value }) => key in values && compare[operator]?.(values[key] ?? 0, value)),
        )
        assert.equal(parseFilterPattern(`{ ${pattern} }`)(JSON.stringify(values)), expected, pattern)
      },
    ),
  )
})
