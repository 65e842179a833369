import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import { openTestStore } from '../store.fixture.ts'
import { ecrMigrations } from './ecr-tables.ts'

test('a layer that came as one stream goes on with its blob as its part; one in a file of a server is forgotten', async () => {
  const store = await openTestStore()
  // biome-ignore lint/suspicious/noExplicitAny: the schema of another time
  const db = store.db as Kysely<any>
  const tables = await db.introspection.getTables()
  for (const { name } of tables.filter(({ name }) => name.startsWith('ecr_'))) await db.schema.dropTable(name).execute()
  const at = ecrMigrations.findIndex(({ name }) => name === '2026-11-30-ecr-upload-parts')
  for (const { up } of ecrMigrations.slice(0, at)) await up(db)
  const upload = { repository: 'r', last_part: 0, part_too_small: 0, touched: 1 }
  const rows = [
    { id: 'begun', received: 0, blob: '' },
    { id: 'streamed', received: 7, blob: 'sha256:a' },
    { id: 'staged', received: 5, blob: '' },
  ]
  await db
    .insertInto('ecr_upload')
    .values(rows.map(row => ({ ...upload, ...row })))
    .execute()
  await ecrMigrations[at]?.up(db)
  const left = await db.selectFrom('ecr_upload').select(['id', 'received']).orderBy('id').execute()
  assert.deepEqual(
    left.map(({ id, received }) => [id, Number(received)]),
    [
      ['begun', 0],
      ['streamed', 7],
    ],
  )
  const parts = await db.selectFrom('ecr_upload_part').selectAll().execute()
  assert.deepEqual(
    parts.map(row => ({ ...row })),
    [{ upload: 'streamed', start: 0, digest: 'sha256:a', size: 7 }],
  )
  await store.close()
})
