import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { it } from 'node:test'
import { type InputRecord, readRecords, recordsOf } from './input-record.ts'
import { binOf, createCounts, sketchOf } from './input-sketch.ts'

const read = (text: string, contentType: string): object[] =>
  [...recordsOf(Buffer.from(text), contentType)].map(record => Object.fromEntries(record))

it('records are lines of CSV and JSON Lines, members of JSON, and of other types nothing but a size', () => {
  assert.deepEqual(read('5.1,"a,b"\r\n\n,x\n', 'text/csv; charset=utf-8'), [
    { '#bytes': '9', '#columns': '2', '0': '5.1', '1': 'a,b' },
    { '#bytes': '2', '#columns': '2', '0': '', '1': 'x' },
  ])
  assert.deepEqual(read('{"a":{"b":[1,true]},"c":null}\nno json\n', 'application/jsonlines'), [
    { '#bytes': '29', '#columns': '2', 'a.b.0': '1', 'a.b.1': 'true' },
    { '#bytes': '7', '#columns': '0' },
  ])
  assert.deepEqual(read('{"instances":[[1,2],{"x":"y"}]}', 'application/json'), [
    { '#bytes': '5', '#columns': '2', '0': '1', '1': '2' },
    { '#bytes': '9', '#columns': '1', x: 'y' },
  ])
  assert.deepEqual(read('{"a":1}', 'application/json'), [{ '#bytes': '7', '#columns': '1', a: '1' }])
  assert.deepEqual(read('not an image', 'image/png'), [{ '#bytes': '12', '#columns': '0' }])
})

it('whatever stands in a record, it has a hundred columns at the most, and none that passes for what the platform tells', () => {
  const [wide = {}] = read(Array.from({ length: 1000 }, () => '1').join(), 'text/csv')
  assert.equal(Object.keys(wide).length, 102)
  const [odd] = read(`{"#bytes":"0","${'n'.repeat(65)}":1,"a":{"b":{"c":{"d":{"e":1}}}}}`, 'application/json')
  assert.deepEqual(Object.keys(odd ?? {}), ['#bytes', '#columns'])
})

it('of what is longer than a mebibyte nothing but its size is told, and of a wide array no more than a hundred members are looked at', () => {
  const long = 'x'.repeat(1024 * 1024 + 1)
  const size = { '#bytes': String(long.length), '#columns': '0' }
  assert.deepEqual(read(`1\n${long}\n\r\n2\r`, 'text/csv'), [
    { '#bytes': '1', '#columns': '1', '0': '1' },
    size,
    { '#bytes': '1', '#columns': '1', '0': '2' },
  ])
  assert.deepEqual(read(long, 'application/json'), [size])
  const [wide = {}] = read(JSON.stringify(Array(400_000).fill(1)), 'application/jsonlines')
  assert.equal(Object.keys(wide).length, 102)
})

it('an object is read line by line, and a body that is too large to be one record is none', async () => {
  const all = async (text: string, type: string, size = text.length) => {
    const found: InputRecord[] = []
    for await (const record of readRecords(Readable.from([Buffer.from(text)]), size, type)) found.push(record)
    return found.length
  }
  assert.equal(await all('1\n2\n3\n', 'text/csv'), 3)
  assert.equal(await all('[1,2]', 'application/json'), 2)
  assert.equal(await all('[1,2]', 'application/json', 7 * 1024 * 1024), 0)
})

it('a sketch has bins and counts: quantiles of numbers, hashes of words, and nothing of fewer than fifty records', () => {
  const rows = Array.from({ length: 101 }, (_, at) => `${at},${at % 2 ? 'red' : 'blue'},${at < 10 ? '' : 7}`)
  const records = [...recordsOf(Buffer.from(rows.join('\n')), 'text/csv')]
  assert.equal(sketchOf(records.slice(0, 49)), undefined)
  const sketch = sketchOf(records)
  const column = (name: string) => sketch?.columns.find(each => each.name === name) ?? assert.fail(name)
  assert.equal(sketch?.records, 101)
  assert.deepEqual(column('0'), { name: '0', edges: [0, 25, 50, 75, 100], counts: [0, 0, 0, 25, 25, 25, 25, 1, 0] })
  assert.equal(column('1').edges, undefined)
  assert.deepEqual(
    column('1')
      .counts.filter(count => count > 0)
      .toSorted(),
    [50, 51],
  )
  assert.deepEqual(column('2'), { name: '2', edges: [7], counts: [10, 0, 0, 91, 0] })
  for (const { counts } of sketch?.columns ?? [])
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      101,
    )
  assert.deepEqual(
    ['', undefined, 'x', '-1', '0', '99', '100', '101', 'Infinity'].map(value => binOf(column('0'), value)),
    [0, 0, 1, 2, 3, 6, 7, 8, 1],
  )
})

it('columns that certification did not have are counted nowhere but in the number of columns', () => {
  const certified = [...recordsOf(Buffer.from('1\n'.repeat(60)), 'text/csv')]
  const sketch = sketchOf(certified) ?? assert.fail('no sketch')
  const counts = createCounts(sketch)
  for (const record of recordsOf(Buffer.from('1,my secret\n'), 'text/csv')) counts.add(record)
  const at = sketch.columns.findIndex(({ name }) => name === '#columns')
  assert.deepEqual(sketch.columns.map(({ name }) => name).toSorted(), ['#bytes', '#columns', '0'])
  assert.deepEqual(counts.of(at), [0, 0, 0, 0, 1])
})
