import assert from 'node:assert/strict'
import test from 'node:test'
import { recordIo } from './record-io.ts'

async function* of(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part)
}

async function bytes(length: number, ...parts: string[]): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of recordIo(length, of(...parts), 'it')) chunks.push(chunk)
  return Buffer.concat(chunks).toString('hex')
}

test('a record is the magic number, the length, the content and padding to four bytes', async () => {
  assert.equal(await bytes(5, 'he', 'llo'), '0a23d7ce0500000068656c6c6f000000')
  assert.equal(await bytes(4, 'four'), '0a23d7ce04000000666f7572')
  assert.equal(await bytes(0), '0a23d7ce00000000')
})

test('what is longer than a record can say is refused', async () => {
  await assert.rejects(bytes(2 ** 29), {
    code: 'ClientError',
    message: /^it has 536870912 bytes; .* at most 536870911/,
  })
})
