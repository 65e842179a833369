import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvHead, csvRows } from './csv.ts'

test('cells are quoted where RFC 4180 asks for it, and a text is never a formula', () => {
  const rows = [
    { a: 'plain', b: 1 },
    { a: 'with, comma and "quote"', b: '-2.50' },
    { a: '=HYPERLINK("http://example.com")', b: '+cmd' },
    { a: 'two\nlines', b: '' },
  ]
  const lines = ['a,b', 'plain,1', '"with, comma and ""quote""",-2.50', `"'=HYPERLINK(""http://example.com"")",'+cmd`]
  assert.equal(csvHead(['a', 'b']) + csvRows(['a', 'b'], rows), `${lines.join('\r\n')}\r\n"two\nlines",\r\n`)
})
