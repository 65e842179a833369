import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { sql } from 'kysely'
import { Client } from 'pg'
import { leavesUnknown } from '../ground/errors.ts'
import { openLosingWay } from './lost-commit.fixture.ts'
import { dropDatabase, ownDatabase, testServer } from './own-database.fixture.ts'
import { openPostgresStore } from './postgres.ts'
import { storeSuite } from './store-suite.ts'

const skip = testServer ? false : 'there is no PostgreSQL: npm test -- --store postgres'

if (testServer) {
  const url = ownDatabase(testServer, randomUUID())
  storeSuite('PostgreSQL', async () => openPostgresStore(await url))
  after(async () => dropDatabase(await url))
}

describe('PostgreSQL', { skip }, () => {
  const server = testServer as string
  const url = testServer ? ownDatabase(server, randomUUID()) : Promise.resolve('')
  after(async () => testServer && dropDatabase(await url))

  async function administer<Row extends object>(database: string, statement: string): Promise<Row[]> {
    const client = new Client({ connectionString: database })
    await client.connect()
    const { rows } = await client.query<Row>(statement)
    await client.end()
    return rows
  }

  it('is made once when two programs open an empty database at once', async () => {
    const name = `empty_${randomUUID().replaceAll('-', '')}`
    await administer(`${server}postgres`, `create database ${name}`)
    const stores = await Promise.all([openPostgresStore(server + name), openPostgresStore(server + name)])
    const names = await Promise.all(
      stores.map(({ db }) => db.selectFrom('setting').select('value').where('name', '=', 'installation').execute()),
    )
    assert.deepEqual(names[0], names[1])
    assert.equal(names[0]?.length, 1)
    for (const store of stores) await store.close()
    await dropDatabase(server + name)
  })

  it('of a data directory is one, whoever asks for it first', async () => {
    const path = randomUUID()
    const made = await Promise.all(Array.from({ length: 5 }, () => ownDatabase(server, path)))
    assert.equal(new Set(made).size, 1)
    await dropDatabase(made[0] as string)
  })

  it('is an installation of its own in each test', async () => {
    const databases = await Promise.all([1, 2].map(() => ownDatabase(server, randomUUID())))
    const stores = await Promise.all(databases.map(database => openPostgresStore(database)))
    const names = await Promise.all(
      stores.map(({ db }) => db.selectFrom('setting').select('value').where('name', '=', 'installation').execute()),
    )
    assert.notDeepEqual(names[0], names[1])
    for (const store of stores) await store.close()
    for (const database of databases) await dropDatabase(database)
  })

  it('is held by one server at a time', async () => {
    const [one, other] = [await openPostgresStore(await url), await openPostgresStore(await url)]
    const release = await one.hold(() => assert.fail('it was given back'))
    await assert.rejects(
      other.hold(() => {}),
      /Another server runs on this database/,
    )
    await release()
    await (await other.hold(() => {}))()
    for (const store of [one, other]) await store.close()
  })

  it('tells who held it when the database ended that', async () => {
    const store = await openPostgresStore(await url)
    const { promise, resolve } = Promise.withResolvers<string>()
    await store.hold(resolve)
    await administer(
      await url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'modelmart server' and datname = current_database()`,
    )
    assert.match(await promise, /has ended/)
    await (await store.hold(() => {}))()
    await store.close()
  })

  it('fails what was under way when the database went away, and goes on when it is back', async () => {
    const store = await openPostgresStore(await url)
    const asleep = store.transaction(({ db }) => sql`select pg_sleep(60)`.execute(db))
    const failed = assert.rejects(asleep, /terminat/)
    const end = `select pg_terminate_backend(pid) as ended from pg_stat_activity where query like 'select pg_sleep%'
      and datname = current_database()`
    while ((await administer(await url, end)).length === 0);
    await failed
    await store.transaction(({ db }) => db.insertInto('setting').values({ name: 'back', value: '' }).execute())
    await store.close()
  })

  /** Works that add to one text, by a way that loses commits. */
  async function writers(after: (end: () => Promise<void>) => void) {
    const database = await ownDatabase(server, randomUUID())
    const way = await openLosingWay(database)
    const store = await openPostgresStore(way.url)
    after(async () => {
      await store.close()
      way.close()
      await dropDatabase(database)
    })
    await store.transaction(({ db }) => db.insertInto('setting').values({ name: 'runs', value: '' }).execute())
    const run = () =>
      store.transaction(({ db }) => sql`update setting set value = value || 'x' where name = 'runs'`.execute(db))
    const written = async () => {
      const direct = await openPostgresStore(database)
      const row = await direct.db.selectFrom('setting').select('value').where('name', '=', 'runs').executeTakeFirst()
      await direct.close()
      return row?.value
    }
    return { way, run, written }
  }

  it('is asked what became of a commit whose answer is lost, which is not run again', async t => {
    const { way, run, written } = await writers(end => t.after(end))
    for (const together of [1, 3]) {
      way.lose(1)
      await Promise.all(Array.from({ length: together }, run))
    }
    assert.equal(await written(), 'xxxx')
  })

  it('has a group run again whose commit it never got', async t => {
    const { way, run, written } = await writers(end => t.after(end))
    way.lose(1)
    await run()
    way.undo()
    await Promise.all([run(), run()])
    assert.equal(await written(), 'xxx')
  })

  it('of which nobody can ask is not taken for done or undone', async t => {
    const { way, run, written } = await writers(end => t.after(end))
    way.end()
    await Promise.all([run(), run()].map(outcome => assert.rejects(outcome, leavesUnknown)))
    assert.equal(await written(), 'xx')
  })

  it('of a newer version is refused by name', async () => {
    const database = await ownDatabase(server, randomUUID())
    await administer(database, `insert into kysely_migration values ('2031-01-01-flying', '2031-01-01')`)
    await assert.rejects(openPostgresStore(database), /database is of a newer version .* the step 2031-01-01-flying/)
    await dropDatabase(database)
  })
})
