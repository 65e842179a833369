import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { LogLine } from '../driver.ts'
import { cursorAt, offsetAt, recordedLines } from './agent-wire.ts'
import { type LineJournal, openLineJournal } from './line-journal.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-journal-'))
after(() => rmSync(place, { recursive: true }))
let count = 0
const folder = () => join(place, String(count++))

const linesOf = async (journal: LineJournal, from = 0): Promise<LogLine[]> => {
  const lines: LogLine[] = []
  const records = journal.read(from, AbortSignal.timeout(10_000))
  for await (const line of recordedLines(records, journal.beginning(from))) lines.push(line)
  return lines
}
const texts = (lines: readonly LogLine[]) => lines.map(({ stream, text }) => `${stream} ${text}`)

test('bytes become lines of their streams, however they come', async () => {
  const journal = openLineJournal(folder())
  journal.append('stdout', 1_000, Buffer.from('one\ntw'))
  journal.append('stderr', 2_000, Buffer.from('complaint\r\n\n'))
  journal.append('stdout', 3_000, Buffer.from('o\nlast'))
  journal.end()
  const lines = await linesOf(journal)
  assert.deepEqual(texts(lines), ['stdout one', 'stderr complaint', 'stderr ', 'stdout two', 'stdout last'])
  assert.deepEqual(
    lines.slice(0, 4).map(({ time }) => time.getTime()),
    [1_000, 2_000, 2_000, 3_000],
  )
})

test('it is read on from behind any line', async () => {
  const journal = openLineJournal(folder())
  for (let n = 0; n < 20; n++) journal.append(n % 2 ? 'stdout' : 'stderr', n, Buffer.from(`line ${n}\n`))
  journal.end()
  const lines = await linesOf(journal)
  assert.deepEqual(
    [...lines].sort((a, b) => (a.cursor < b.cursor ? -1 : 1)),
    lines,
  )
  for (const [index, { cursor }] of lines.entries())
    assert.deepEqual(await linesOf(journal, offsetAt(cursor)), lines.slice(index + 1))
  assert.throws(() => offsetAt('1700000000000000000#0000000001'), /Not a cursor/)
  assert.equal(offsetAt(cursorAt(17)), 17)
})

test('a reader hears of what comes later, and of the end', async () => {
  const journal = openLineJournal(folder())
  const reading = linesOf(journal)
  for (const text of ['first\n', 'second\n']) {
    await new Promise(setImmediate)
    journal.append('stdout', 0, Buffer.from(text))
  }
  journal.end()
  assert.deepEqual(texts(await reading), ['stdout first', 'stdout second'])
})

test('a line without an end comes in pieces of a mebibyte, and no character is cut', async () => {
  const journal = openLineJournal(folder())
  const text = 'ä'.repeat((1 << 20) + 1)
  journal.append('stdout', 0, Buffer.from(`x${text}\n`))
  journal.end()
  const lines = await linesOf(journal)
  assert.equal(lines.length, 3)
  assert.equal(lines.map(line => line.text).join(''), `x${text}`)
})

test('it goes on where a process that was killed has left off, without half a line', async () => {
  const directory = folder()
  const first = openLineJournal(directory)
  first.append('stdout', 0, Buffer.from('whole\nhalf'))
  appendFileSync(join(directory, readdirSync(directory)[0] as string), Buffer.from([0, 0, 0, 9, 0, 1]))
  const second = openLineJournal(directory)
  second.append('stdout', 0, Buffer.from('again\n'))
  second.end()
  assert.deepEqual(texts(await linesOf(second)), ['stdout whole', 'stdout again'])
})

test('what is beyond the bound is dropped, the oldest first', async () => {
  const directory = folder()
  const journal = openLineJournal(directory, 100, 3)
  for (let n = 10; n < 60; n++) journal.append('stdout', 0, Buffer.from(`line ${n}\n`))
  journal.end()
  const lines = await linesOf(journal)
  assert.equal(lines.at(-1)?.text, 'line 59')
  assert.ok(lines.length >= 10 && lines.length < 20, `${lines.length}`)
  assert.equal(readdirSync(directory).length, 3)
  const reopened = openLineJournal(directory, 100, 3)
  reopened.end()
  assert.deepEqual(texts(await linesOf(reopened)), texts(lines))
})
