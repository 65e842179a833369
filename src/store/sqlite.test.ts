import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { openSqliteStore } from './sqlite.ts'
import { storeSuite } from './store-suite.ts'

const suiteDirectory = await mkdtemp(join(tmpdir(), 'store-suite-'))
storeSuite('SQLite', () => openSqliteStore(join(suiteDirectory, 'metadata.sqlite')))
after(() => rm(suiteDirectory, { recursive: true }))

test('the room of what was removed goes back to the disk', async context => {
  const directory = await mkdtemp(join(tmpdir(), 'shrinking-'))
  context.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'metadata.sqlite')
  const store = await openSqliteStore(path)
  const size = async () => {
    await sql`pragma wal_checkpoint(truncate)`.execute(store.db)
    return (await stat(path)).size
  }
  for (let name = 0; name < 40; name++)
    await store.db
      .insertInto('setting')
      .values({ name: `large ${name}`, value: 'x'.repeat(1 << 20) })
      .execute()
  const large = await size()
  await store.db.deleteFrom('setting').where('name', 'like', 'large%').execute()
  await store.shrink()
  assert.ok((await size()) < large / 4, `${await size()} of ${large} bytes are left`)
  await store.close()
})
