import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unlessSqlite } from './own-database.fixture.ts'
import { openTestStore } from './store.fixture.ts'

test('a statement that reads a whole table, or sorts what it found, is refused where tests run', {
  skip: unlessSqlite,
}, async () => {
  const { db, close } = await openTestStore()
  const scan = db.selectFrom('resource').select('arn').where('document', '=', 'x')
  await assert.rejects(scan.execute(), /would read more than it asks for \(SCAN resource\)/)
  const sorted = db.selectFrom('resource').select('arn').where('kind', '=', 'x').orderBy('document')
  await assert.rejects(sorted.execute(), /TEMP B-TREE FOR ORDER BY/)
  assert.deepEqual(await db.selectFrom('resource').select('arn').where('arn', '=', 'x').execute(), [])
  await close()
})
