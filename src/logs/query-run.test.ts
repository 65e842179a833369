import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { QueryLimitError } from './query-aggregate.ts'
import type { QueryEvent } from './query-record.ts'
import { createQueryRun } from './query-run.ts'
import { QuerySyntaxError } from './query-syntax.ts'

const start = Date.parse('2026-11-29T00:00:00Z')

/** Events a second apart, the newest first, as a group is read. */
const events = (...messages: readonly string[]): QueryEvent[] =>
  messages.map((message, index) => ({
    ...{ time: start - index * 1000, ingested: start, message, stream: 's', log: '1:g', pointer: `${index}` },
  }))

function run(query: string, ...messages: readonly string[]): Record<string, string>[] {
  const made = createQueryRun(query, 10_000, false)
  made.feed(events(...messages))
  return made
    .finish()
    .rows.map(row => Object.fromEntries(row.flatMap(({ field, value }) => (field === '@ptr' ? [] : [[field, value]]))))
}

const column = (query: string, ...messages: readonly string[]) =>
  run(query, ...messages).map(row => Object.values(row)[0])

/** What an expression gives for one event. */
const expressions: readonly (readonly [expression: string, message: string, value: string | undefined])[] = [
  ['1 + 2 * 3 ^ 2', '', '19'],
  ['(1 + 2) * 3', '', '9'],
  ['7 % 4 - -1', '', '4'],
  ['a.b + 1', '{"a":{"b":"41"}}', '42'],
  ['list.1', '{"list":["x","y"]}', 'y'],
  ['`odd name`', '{"odd name":"yes"}', 'yes'],
  ['missing', '{}', undefined],
  ['1 / 0', '', undefined],
  ['coalesce(x, y, "z")', '{"y":"why"}', 'why'],
  ['concat(tolower("AB"), toupper("c"), strlen("four"))', '', 'abC4'],
  ['substr("abcdef", 2, 3)', '', 'cde'],
  ['replace(trim("  a.b "), ".", "$&")', '', 'a$&b'],
  ['ltrim("xxay", "x")', '', 'ay'],
  ['greatest(1, 3, 2) - least(4, 2)', '', '1'],
  ['floor(2.7) + ceil(2.1) + abs(-1) + sqrt(9)', '', '9'],
  ['datefloor(@timestamp, 1d)', '', '2026-11-29 00:00:00.000'],
  ['dateceil(toMillis(@timestamp) + 1, 1h)', '', '2026-11-29 01:00:00.000'],
  ['fromMillis(0)', '', '1970-01-01 00:00:00.000'],
  ['isblank("  ") + isempty("") + ispresent(@message)', 'x', '3'],
]
for (const [expression, message, value] of expressions)
  test(`the expression ${expression} is ${value}`, () => {
    assert.equal(run(`fields ${expression} as it`, message)[0]?.it, value)
  })

/** Which of these messages a condition lets through. */
const messages = ['{"n":1,"s":"alpha"}', '{"n":"10","s":"Beta"}', '{"s":"gamma"}', 'no JSON']
const conditions: readonly (readonly [condition: string, through: readonly number[]])[] = [
  ['n > 5', [1]],
  ['n >= 1 and n < 10', [0]],
  ['n != 1', [1, 2, 3]],
  ['s = "alpha" or s = "gamma"', [0, 2]],
  ['not ispresent(s)', [3]],
  ['s like "et"', [1]],
  ['s like /^b/i', [1]],
  ['s not like /a$/', [3]],
  ['s =~ /mm/', [2]],
  ['n in [10, 11]', [1]],
  ['n not in [10, 11]', [0, 2, 3]],
  ['@message like "JSON"', [3]],
]
for (const [condition, through] of conditions)
  test(`the condition ${condition} lets events ${through.join(', ')} through`, () => {
    const found = column(`fields @message | filter ${condition}`, ...messages)
    assert.deepEqual(
      found,
      through.map(index => messages[index]),
    )
  })

test('stats: every function, of all events and of groups', () => {
  const given = [4, 1, 3, 2, 2].map((n, index) => JSON.stringify({ n, g: index % 2 ? 'b' : 'a' }))
  const all =
    'count(*), count_distinct(n), sum(n), avg(n), min(n), max(n), stddev(n), pct(n, 50), earliest(n), latest(n)'
  assert.deepEqual(Object.values(run(`stats ${all}, sortsFirst(g), sortsLast(g)`, ...given)[0] ?? {}), [
    ...['5', '4', '12', '2.4', '1', '4', '1.019803902718557', '2', '2', '4', 'a', 'b'],
  ])
  assert.deepEqual(run('stats sum(n) / count(*) as mean by g | sort g', ...given), [
    { g: 'a', mean: '3' },
    { g: 'b', mean: '1.5' },
  ])
  assert.deepEqual(
    run('stats count(*) by bin(2s)', ...given).map(row => row['count(*)']),
    ['1', '2', '2'],
  )
  assert.deepEqual(run('stats max(@timestamp) as last, latest(@message) as words', 'a'), [
    { last: '2026-11-29 00:00:00.000', words: 'a' },
  ])
})

test('a limit ends the reading; a sort before it does not', () => {
  const limited = createQueryRun('limit 2', 10_000, false)
  assert.equal(limited.feed(events('a', 'b', 'c')), false)
  assert.equal(limited.finish().rows.length, 2)
  const sorted = createQueryRun('fields @message | sort @message desc | limit 2', 10_000, false)
  assert.equal(sorted.feed(events('a', 'b', 'c')), true)
  assert.deepEqual(
    sorted.finish().rows.map(([first]) => first?.value),
    ['c', 'b'],
  )
})

test('a limit of the query’s own replaces the one that was asked for beside it', () => {
  const made = createQueryRun('limit 3', 2, false)
  made.feed(events('a', 'b', 'c', 'd'))
  assert.equal(made.finish().rows.length, 3)
  const plain = createQueryRun('fields @message', 2, false)
  assert.equal(plain.feed(events('a', 'b', 'c')), false)
  assert.equal(plain.finish().rows.length, 2)
})

test('what would hold too much fails, and says what', () => {
  const numbers = (from: number) => Array.from({ length: 50_000 }, (_, index) => `${from + index}`)
  const grouped = createQueryRun('stats count(*) by @message', 10_000, false)
  for (const from of [0, 50_000]) grouped.feed(events(...numbers(from)))
  assert.throws(() => grouped.feed(events('one more')), QueryLimitError)
  const large = createQueryRun('fields @message', 10_000, false)
  large.feed(events(...Array.from({ length: 8 }, () => 'x'.repeat(1024 * 1024))))
  const { rows, skipped } = large.finish()
  assert.deepEqual([rows.length, skipped], [5, 3])
})

test('a sort keeps the best whatever comes, by number and by text', () => {
  const value = fc.oneof(fc.integer({ min: -50, max: 50 }).map(String), fc.stringMatching(/^[a-c]{1,2}$/))
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (values, count) => {
      const all = column('fields @message | sort @message', ...values)
      assert.deepEqual(column(`fields @message | sort @message | limit ${count}`, ...values), all.slice(0, count))
    }),
  )
})

test('any text is a query or a syntax error', () => {
  const words = [
    'fields',
    'filter',
    'stats',
    'by',
    '|',
    ',',
    '(',
    ')',
    'count',
    '@message',
    '/a(/',
    '"x',
    "'y'",
    'like',
    '5m',
    '*',
    '-',
    'as',
    'sort',
  ]
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map(all => all.join(' ')),
  )
  fc.assert(
    fc.property(text, query => {
      try {
        run(query, 'a b', '{"a":1}')
      } catch (error) {
        assert.ok(error instanceof QuerySyntaxError, `${query}: ${error}`)
      }
    }),
    { numRuns: 1000 },
  )
})
