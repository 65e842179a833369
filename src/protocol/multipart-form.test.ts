import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readUploadForm } from './multipart-form.ts'

const boundary = 'b'
/** Near the boundary and its beginnings. */
const content = fc
  .array(fc.constantFrom('\r', '\n', '-', '--', 'b', '\r\n--', '\r\n--c', 'x', 'content'), { maxLength: 30 })
  .map(parts => parts.join(''))
  .filter(text => !`\r\n${text}`.includes('\r\n--b'))

async function read(wire: Buffer, cuts: readonly number[]) {
  const edges = [0, ...[...cuts].filter(cut => cut < wire.length).sort((a, b) => a - b), wire.length]
  const pieces = edges
    .slice(1)
    .map((end, at) => wire.subarray(edges[at], end))
    .filter(piece => piece.length > 0)
  const form = await readUploadForm(`multipart/form-data; boundary=${boundary}`, Readable.from(pieces))
  return { fields: [...form.fields], fileName: form.fileName, file: await buffer(Readable.from(form.file)) }
}

describe('an upload form', () => {
  it('is what was sent, however the wire is cut', async () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(content, content, cuts, async (field, file, at) => {
        const wire = [
          `--b\r\nContent-Disposition: form-data; name="Key"\r\n\r\n${field}`,
          `--b\r\nContent-Disposition: form-data; name="file"; filename="C:\\a\\f.txt"\r\nContent-Type: x/y\r\n\r\n${file}`,
          '--b\r\nContent-Disposition: form-data; name="behind"\r\n\r\nignored',
          '--b--\r\n',
        ].join('\r\n')
        const found = await read(Buffer.from(wire), at)
        assert.deepEqual(found, { fields: [['key', field]], fileName: 'f.txt', file: Buffer.from(file) })
      }),
      { numRuns: 500 },
    )
  })

  it('is a form or an error of the sender, whatever it is', async () => {
    const pieces = fc.array(
      fc.constantFrom(
        '--b',
        '\r\n',
        '--',
        '\r\n\r\n',
        'Content-Disposition: form-data',
        '; name="a"',
        '; name="file"',
        ':',
        'x',
      ),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(pieces, async parts => {
        await read(Buffer.from(parts.join('')), []).catch(error => assert.ok(error.status < 500, error))
      }),
      { numRuns: 500 },
    )
  })
})
