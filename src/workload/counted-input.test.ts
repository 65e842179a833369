import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { it } from 'node:test'
import type { SourceObject } from './channel.ts'
import { countedFiles, countedInput, openCounted } from './counted-input.ts'

const object = (key: string, bucket = 'mine'): SourceObject => ({
  ...{ bucket, key, path: key, size: 1, etag: 'one', lastModified: new Date(0) },
})
const counted = { bucket: 'mine', key: 'rows.csv', etag: 'one' }
const changed = { code: 'ClientError', message: 's3://mine/rows.csv has changed since its rows were counted.' }

it('an evaluation reads the one object that was counted, and no other that begins with its key', () => {
  const all = [object('rows.csv'), object('rows.csv.more'), object('rows.csv/deeper')]
  assert.deepEqual(countedInput(counted, all), [all[0]])
  assert.deepEqual(countedInput(undefined, all), all)
  assert.throws(() => countedInput(counted, all.slice(1)), changed)
  assert.throws(() => countedInput(counted, [object('rows.csv', 'other')]), changed)
})

it('another content than was counted is not opened, and not left open', () => {
  const body = Readable.from(['1'])
  assert.equal(openCounted(counted, { body, etag: 'one' }), body)
  assert.equal(openCounted(undefined, { body, etag: 'two' }), body)
  assert.throws(() => openCounted(counted, { body, etag: 'two' }), changed)
  assert.ok(body.destroyed)
})

it('another content than was counted becomes no file that a container is given', async () => {
  const objects = { materialize: async () => object('rows.csv') }
  const as = {} as Parameters<typeof objects.materialize>[number]
  const made = (etag: string) => countedFiles({ ...counted, etag }, objects).materialize(as, 'mine', 'rows.csv', '/x')
  assert.equal((await made('one')).key, 'rows.csv')
  await assert.rejects(made('two'), changed)
  assert.equal((await countedFiles(undefined, objects).materialize(as, 'mine', 'rows.csv', '/x')).etag, 'one')
})
