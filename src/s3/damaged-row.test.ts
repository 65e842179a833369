import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { unlessSqlite } from '../store/own-database.fixture.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { digestOf } from './content.ts'
import { type DamagedRow, damagedRows } from './damaged-row.ts'
import { insertRow } from './version-row.ts'

const directory = await mkdtemp(join(tmpdir(), 'damaged-row-'))
after(() => rm(directory, { recursive: true }))

const content = Buffer.from('as it was put')
const common = {
  ...{ version_id: 'null', current: 1, delete_marker: 0, modified: 0, size: content.length, digest: digestOf(content) },
  ...{ etag: '', content: '', parts: 0, headers: '{}', tags: '', checksum: '', encryption: '', lock: '' },
}
const count = 450

/** Objects in two buckets, of which each tenth is damaged, and every second is no small one. */
async function storeOfObjects(path: string) {
  const store = await openTestStore(path)
  await store.transaction(async ({ db }) => {
    for (let n = 0; n < count; n++)
      for (const bucket of ['one', 'other']) {
        const data = n % 10 === 4 ? Buffer.from('other content') : n % 2 === 0 ? content : null
        await insertRow(db, { ...common, bucket, key: keyOf(n), ordinal: 0, data })
      }
  })
  return store
}
const keyOf = (n: number) => Buffer.from(String(n).padStart(4, '0'))
const nameOf = ({ bucket, key }: DamagedRow) => `${bucket}/${Buffer.from(key)}`

test('every small object with other content than was put is found once, on whichever page it is', async () => {
  const store = await storeOfObjects(':memory:')
  const found: string[] = []
  for await (const row of damagedRows(store)) found.push(nameOf(row))
  const damaged = Array.from({ length: count }, (_, n) => n).filter(n => n % 10 === 4)
  assert.deepEqual(
    found,
    ['one', 'other'].flatMap(bucket => damaged.map(n => `${bucket}/${keyOf(n)}`)),
  )
  await store.close()
})

test('who looks for damage keeps no server from beginning its log anew', { skip: unlessSqlite }, async () => {
  const path = join(directory, 'store')
  const store = await storeOfObjects(path)
  const server = new DatabaseSync(path)
  const rows = damagedRows(store)
  assert.equal((await rows.next()).done, false)
  server.exec(`insert into setting (name, value) values ('written', 'meanwhile')`)
  assert.equal(server.prepare('pragma wal_checkpoint(truncate)').get()?.busy, 0)
  await rows.return(undefined)
  server.close()
  await store.close()
})
