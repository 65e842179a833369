import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { ServiceError } from '../../ground/errors.ts'
import type { Objects } from '../../service/objects.ts'
import { createReadLogo } from './logo.ts'

const asked: string[] = []
const objects = {
  async head(_: unknown, bucket: string, key: string) {
    asked.push(`${bucket}/${key}`)
    if (key !== 'a b/logo.png') throw new ServiceError('NoSuchKey', 'There is none.')
    return { size: 4 }
  },
  get: async () => ({ body: Readable.from([Buffer.from('logo')]) }),
} as unknown as Pick<Objects, 'head' | 'get'>
const read = createReadLogo('http://127.0.0.1:8600', objects, () => ({}) as never)

test('a logo in a bucket of the installation is read, whatever else is there is not asked for', async () => {
  const found = await read('111122223333', 'http://127.0.0.1:8600/shop/a%20b/logo.png')
  assert.deepEqual([found?.size, found?.content.toString()], [4, 'logo'])
  assert.equal((await read('111122223333', 'http://localhost:8600/shop/a%20b/logo.png'))?.size, 4)
  assert.equal((await read('111122223333', 'https://localhost:8600/shop/a%20b/logo.png'))?.size, 4)
  assert.equal(await read('111122223333', 'ftp://localhost:8600/shop/a%20b/logo.png'), undefined)
  assert.equal(await read('111122223333', 'http://127.0.0.1:8600/shop/none.png'), undefined)
  const before = asked.length
  for (const elsewhere of [
    'https://example.com/100%.png',
    'http://example.com:8600/shop/a%20b/logo.png',
    'http://localhost:8601/shop/a%20b/logo.png',
    'http://127.0.0.1:8600/shop/100%.png',
    'http://127.0.0.1:8600/',
  ])
    assert.equal(await read('111122223333', elsewhere), undefined)
  assert.equal(asked.length, before)
})
