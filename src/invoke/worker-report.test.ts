import assert from 'node:assert/strict'
import { it } from 'node:test'
import { mostLineBytes } from '../runtime/data-capture.ts'
import type { Route, RouteVariant } from '../runtime/routing-table.ts'
import type { Report } from './plane-messages.ts'
import { createWorkerReport } from './worker-report.ts'

const route = { arn: 'arn', account: '1', region: 'r', name: 'e' } as Route
const rules = {
  percentage: 100,
  destination: 's3://b',
  role: 'r',
  input: true,
  output: false,
  csv: ['text/csv'],
  json: [],
}
const variant = { name: 'All', capture: rules } as unknown as RouteVariant
const mebibyte = 2 ** 20

/** A report whose captures of so many MiB, taken in this order, are told at once as these numbers of lines say; and how many found no room. */
for (const [what, taken, told, left] of [
  ['small ones go together', [1, 1, 1], [3], 0],
  ['a large one goes alone, in its turn', [1, 6, 1], [1, 1, 1], 0],
  ['what is more than may wait is left out', [6, 6, 6, 6], [1, 1], 2],
  ['one that nobody would keep is left out', [1, mostLineBytes / mebibyte, 1], [2], 1],
  ['all of it goes when it is flushed', [3, 3, 3], [1, 1, 1], 0],
] as const)
  it(`captures: ${what}`, () => {
    const reports: Report[] = []
    let isTaken = true
    const report = createWorkerReport(one => {
      if (isTaken) reports.push(one)
      return isTaken
    })
    // What is not captured takes no room.
    const output = { body: Buffer.alloc(mostLineBytes) }
    for (const size of taken)
      report.capture.take(route, variant, {
        input: { contentType: 'text/csv', body: Buffer.alloc(size * mebibyte, 'x') },
        output,
      })
    isTaken = false
    report.flush()
    isTaken = true
    report.flush()
    const lines = reports.map(({ captured }) => captured.length).filter(count => count > 0)
    assert.deepEqual(lines, told)
    const sizes = reports.flatMap(({ captured }) => captured.map(([, line]) => Math.floor(line.length / mebibyte)))
    assert.deepEqual(sizes, taken.filter(size => size * mebibyte < mostLineBytes).slice(0, sizes.length))
    assert.equal(
      reports.flatMap(({ uncaptured }) => uncaptured).reduce((sum, [, count]) => sum + count, 0),
      left,
    )
  })
