import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkMetricDefinitions, createMetricExtractor, finalValues } from './metric-definition.ts'

const definitions = [
  { Name: 'train:error', Regex: 'Train_error=(.*?);' },
  { Name: 'validation:accuracy', Regex: 'Validation-accuracy=([0-9\\.]+)' },
]

test('takes the first captured group of each line and definition', () => {
  const { extract } = createMetricExtractor(definitions)
  const lines = [
    'Train_error=0.138318; Valid_error = 0.324557;',
    'noise',
    '[epoch 2] Validation-accuracy=0.91 Train_error=1e-3;',
    'Train_error=nan;',
    'Train_error=;',
  ]
  const values = extract(lines)
  assert.deepEqual(values, [
    { name: 'train:error', value: 0.138318, line: 0 },
    { name: 'train:error', value: 0.001, line: 2 },
    { name: 'validation:accuracy', value: 0.91, line: 2 },
  ])
  assert.deepEqual(
    finalValues(values).map(({ name, value }) => [name, value]),
    [
      ['train:error', 0.001],
      ['validation:accuracy', 0.91],
    ],
  )
})

test('reads flags and named groups of Python; refuses what is no expression', () => {
  const { extract } = createMetricExtractor([{ Name: 'loss', Regex: '(?i)LOSS: (?P<value>-?\\d+\\.\\d+)' }])
  assert.deepEqual(extract(['loss: -1.5']), [{ name: 'loss', value: -1.5, line: 0 }])
  assert.throws(() => checkMetricDefinitions([...definitions, { Name: 'bad', Regex: '(a' }]), {
    code: 'ValidationException',
    message: /metric definition bad/,
  })
})

test('an expression that backtracks without end is dropped, the others go on', () => {
  const extractor = createMetricExtractor([{ Name: 'evil', Regex: '^(a+)+$' }, ...definitions])
  const begin = performance.now()
  const values = extractor.extract([`${'a'.repeat(60)}b`, 'Train_error=2;', ...Array(50).fill(`${'a'.repeat(5000)}!`)])
  assert.ok(performance.now() - begin < 20_000)
  assert.deepEqual(values, [{ name: 'train:error', value: 2, line: 1 }])
  assert.deepEqual(
    extractor.dropped.map(({ name }) => name),
    ['evil'],
  )
})

test('finds what was written, wherever it is in the lines', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ maxLength: 20 }))),
      entries => {
        const { extract } = createMetricExtractor([{ Name: 'm', Regex: 'm=(\\S+)' }])
        const lines = entries.map(([value, prefix]) => `${prefix.replaceAll('m=', '')} m=${value} rest`)
        assert.deepEqual(
          extract(lines).map(({ value, line }) => [value, line]),
          entries.map(([value], index) => [Number(`${value}`), index]),
        )
      },
    ),
  )
})
