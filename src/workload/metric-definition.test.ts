import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkMetricDefinitions, createMetricExtractor, finalValues } from './metric-definition.ts'

const definitions = [
  { Name: 'train:error', Regex: 'Train_error=(.*?);' },
  { Name: 'validation:accuracy', Regex: 'Validation-accuracy=([0-9\\.]+)' },
]

test('takes the first captured group of each line and definition', async () => {
  const { extract } = createMetricExtractor(definitions)
  const lines = [
    'Train_error=0.138318; Valid_error = 0.324557;',
    'noise',
    '[epoch 2] Validation-accuracy=0.91 Train_error=1e-3;',
    'Train_error=nan;',
    'Train_error=;',
  ]
  const values = await extract(lines)
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

test('only finite decimal numbers are metrics', async () => {
  const { extract } = createMetricExtractor([{ Name: 'loss', Regex: 'loss=(\\S*)' }])
  const given = ['nan', 'NaN', 'inf', '-Infinity', '1e400', '0x10', '0b1', '1_000', '1,5', 'e5', '.', '-', '1e']
  assert.deepEqual(await extract(given.map(text => `loss=${text}`)), [])
  const numbers = { '-.5': -0.5, '+7': 7, '1.': 1, '2E-3': 0.002, '1e308': 1e308, '-0': -0 }
  const values = await extract(Object.keys(numbers).map(text => `loss=${text}`))
  assert.deepEqual(
    values.map(({ value }) => value),
    Object.values(numbers),
  )
})

test('reads flags and named groups of Python; refuses what is no expression', async () => {
  const { extract } = createMetricExtractor([{ Name: 'loss', Regex: '(?i)LOSS: (?P<value>-?\\d+\\.\\d+)' }])
  assert.deepEqual(await extract(['loss: -1.5']), [{ name: 'loss', value: -1.5, line: 0 }])
  assert.throws(() => checkMetricDefinitions([...definitions, { Name: 'bad', Regex: '(a' }]), {
    code: 'ValidationException',
    message: /metric definition bad/,
  })
})

test('expressions that backtrack without end are applied all the same, and nobody waits for them', async () => {
  const evil = Array.from({ length: 40 }, (_, index) => ({ Name: `evil${index}`, Regex: `x*x?y<${index}>` }))
  const extractor = createMetricExtractor([...evil, { Name: 'nested', Regex: '^(a+)+$' }, ...definitions])
  const lines = ['Train_error=2;', ...Array(99).fill('x'.repeat(4090)), `${'a'.repeat(60)}b`]
  let turns = 0
  const others = setInterval(() => turns++, 1)
  const values = await extractor.extract(lines)
  clearInterval(others)
  assert.deepEqual(values, [{ name: 'train:error', value: 2, line: 0 }])
  assert.ok(turns > 20, `the main thread turned ${turns} times`)
  assert.deepEqual(extractor.dropped, [])
})

test('one that no engine can bound is dropped and told, the others go on', async () => {
  const extractor = createMetricExtractor([{ Name: 'evil', Regex: '^(?=(a+)+b)a*$' }, ...definitions])
  const values = await extractor.extract([`${'a'.repeat(60)}c`, 'Train_error=2;'])
  assert.deepEqual(values, [{ name: 'train:error', value: 2, line: 1 }])
  assert.deepEqual(
    extractor.dropped.map(({ name }) => name),
    ['evil'],
  )
})

test('finds what was written, wherever it is in the lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ maxLength: 20 }))),
      async entries => {
        const { extract } = createMetricExtractor([{ Name: 'm', Regex: 'm=(\\S+)' }])
        const lines = entries.map(([value, prefix]) => `${prefix.replaceAll('m=', '')} m=${value} rest`)
        assert.deepEqual(
          (await extract(lines)).map(({ value, line }) => [value, line]),
          entries.map(([value], index) => [Number(`${value}`), index]),
        )
      },
    ),
  )
})

test('ten thousand of a line are one, and nothing but a finite number of its own name is a value', async () => {
  const { extract, dropped } = createMetricExtractor([{ Name: 'loss', Regex: 'loss=(\\S+?);' }, ...definitions])
  const many = Array.from({ length: 10_000 }, (_, index) => `loss=${index};`).join(' ')
  const other = 'Train_error=1; [#quality_metric] loss =1; loss=Train_error=2;'
  const lines = [many, many, 'loss=NaN;', 'loss=Infinity;', 'loss=1e999;', 'loss=-1e999;', other, 'loss=1e-999;']
  assert.deepEqual(await extract(lines), [
    { name: 'loss', value: 0, line: 0 },
    { name: 'loss', value: 0, line: 1 },
    { name: 'train:error', value: 1, line: 6 },
    { name: 'loss', value: 0, line: 7 },
  ])
  assert.deepEqual(dropped, [])
})
