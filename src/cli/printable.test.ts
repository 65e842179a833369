import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { printable } from './printable.ts'

test('what a terminal obeys does not reach it; lines, tabs and every language do', () => {
  const out = new PassThrough()
  printable(out).write('a\tb\n\u001b]0;title\u0007\u009b2J\r Grüße 例 \u{1f600}\n')
  assert.equal(`${out.read()}`, 'a\tb\n ]0;title  2J  Grüße 例 \u{1f600}\n')
})

test('a terminal stays one, and nothing else becomes one', () => {
  const isTerminal = (out: PassThrough) => (printable(out) as { isTTY?: boolean }).isTTY
  assert.equal(isTerminal(Object.assign(new PassThrough(), { isTTY: true })), true)
  assert.equal(isTerminal(new PassThrough()), false)
})

test('whoever reads slowly is waited for, and gets all of it in order', async () => {
  const out = new PassThrough({ highWaterMark: 10 })
  const to = printable(out)
  const words = Array.from({ length: 200 }, (_, index) => `line ${index}\n`)
  for (const word of words) to.write(word)
  let read = ''
  for await (const chunk of out.setEncoding('utf8')) {
    read += chunk
    if (read.length === words.join('').length) break
  }
  assert.equal(read, words.join(''))
})
