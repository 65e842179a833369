import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { collect, reference, release } from '../blob-references.ts'
import type { BlobStore } from '../blobs.ts'
import { dataDirectory } from '../data-directory.ts'
import { type Database, migrations } from '../database.ts'
import { openFileBlobs } from '../file-blobs.ts'
import { migrateThrough } from '../migrate.ts'
import { dropDatabase, emptyDatabase, ownDatabase, testServer } from '../own-database.fixture.ts'
import { openSqliteFile, openSqliteStore } from '../sqlite.ts'
import { openTestStore } from '../store.fixture.ts'
import type { Store } from '../store.ts'
import { backupPlace, snapshotNames } from './backup-place.ts'
import { openPostgresRows } from './postgres-rows.ts'
import { restoreBackup } from './restore-backup.ts'
import type { RowSource, Value } from './row-copy.ts'
import { openSqliteRows } from './sqlite-rows.ts'
import { pruneBackups, takeBackup } from './take-backup.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-backup-'))
after(() => rmSync(place, { recursive: true, force: true }))
let made = 0
const fresh = () => join(place, `${++made}`)

interface Installation {
  readonly directory: ReturnType<typeof dataDirectory>
  readonly store: Store
  readonly blobs: BlobStore
  readonly backups: string
  rows(copy: string): Promise<RowSource>
  backup(): ReturnType<typeof takeBackup>
}

async function install(): Promise<Installation> {
  const directory = dataDirectory(fresh())
  const blobs = await openFileBlobs(directory.blobs)
  const store = await openTestStore(directory.database)
  writeFileSync(directory.secret, 'secret')
  const rows = async (copy: string) =>
    testServer
      ? openPostgresRows(await ownDatabase(testServer, directory.database))
      : openSqliteRows(directory.database, copy)
  after(async () => {
    await store.close()
    if (testServer) await dropDatabase(await ownDatabase(testServer, directory.database))
  })
  const backups = fresh()
  const backup = () => takeBackup({ root: backups, openRows: rows, blobs, secret: directory.secret })
  return { directory, store, blobs, backups, rows, backup }
}

/** Everything that a database has: its steps, each table's rows in some order that is always the same, and the numbers it has given. */
async function everything(source: RowSource) {
  const tables: Record<string, string[]> = {}
  for (const table of source.tables) {
    const rows: string[] = []
    for await (const page of source.pages(table))
      for (const row of page)
        rows.push(JSON.stringify(row.map((value, at) => [table.columns[at], plain(value)]).sort()))
    tables[table.name] = rows.sort()
  }
  await source.close()
  return { steps: source.migrations, tables, numbered: source.numbered }
}

const plain = (value: Value) => (value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : value)

const kindOf = (type: string): 'number' | 'real' | 'bytes' | 'text' =>
  /int/i.test(type) ? 'number' : /double|real/i.test(type) ? 'real' : /bytea/i.test(type) ? 'bytes' : 'text'

const values = {
  number: () => Number(randomBytes(6).readUIntBE(0, 6)),
  real: () => randomBytes(4).readInt32BE() / 7,
  bytes: () => randomBytes(20),
  // Ends of lines that JSON does not escape, characters of four bytes, and what PostgreSQL does not take as it is.
  text: () => `${JSON.stringify({ text: `${randomUUID()}\u2028\u0085"'\\\n😀` })}\0\uFFFE`,
}

/** Some rows in every table, by whatever triggers there are. */
async function fill({ store, rows }: Installation): Promise<void> {
  const source = await rows(fresh())
  await source.close()
  const types = await columnTypes(store)
  for (const { name, columns } of source.tables)
    for (let row = 0; row < 3; row++) {
      const given = Object.fromEntries(
        columns
          .filter(column => types(name, column) !== 'given')
          .map(column => [column, values[kindOf(types(name, column))]()]),
      )
      await store.db
        .insertInto(name as 'setting')
        .values(given as never)
        .execute()
    }
}

async function columnTypes({ db }: Store): Promise<(table: string, column: string) => string> {
  const found = new Map<string, string>()
  const asked = testServer
    ? sql<
        Record<string, string>
      >`select table_name as t, column_name as c, case when is_identity = 'YES' then 'given' else data_type end as type from information_schema.columns where table_schema = current_schema()`
    : sql<
        Record<string, string>
      >`select m.name as t, p.name as c, case when p.pk > 0 and m.sql like '%autoincrement%' then 'given' else p.type end as type from sqlite_schema m, pragma_table_info(m.name) p where m.type = 'table'`
  for (const { t, c, type } of (await asked.execute(db)).rows) found.set(`${t}.${c}`, String(type))
  return (table, column) => found.get(`${table}.${column}`) ?? ''
}

/** Content that the rows hold. */
async function keep({ store, blobs }: Installation, content: Uint8Array, owner: string): Promise<string> {
  const { digest } = await blobs.put(content)
  await reference(store.db, digest, owner)
  return digest
}

describe('a backup', () => {
  it('holds every row of every table, and what it is restored to has the same, in either database', async () => {
    const at = await install()
    await fill(at)
    await at.store.db.deleteFrom('blob_reference').execute()
    const content = randomBytes(700_000)
    const digest = await keep(at, content, 'somebody')
    const there = await everything(await at.rows(fresh()))
    assert.ok(Object.keys(there.tables).length > 100)
    for (const [table, rows] of Object.entries(there.tables)) assert.ok(rows.length > 0, `${table} has no rows`)
    assert.ok(Object.keys(there.numbered).length > 2)
    await at.backup()

    const inSqlite = dataDirectory(fresh())
    await restoreBackup({ root: at.backups, directory: inSqlite, knowsSecret: false })
    assert.deepEqual(await everything(openSqliteRows(inSqlite.database, fresh())), there)
    assert.equal(readFileSync(inSqlite.secret, 'utf8'), 'secret')
    assert.equal(statSync(inSqlite.secret).mode & 0o777, 0o600)
    assert.deepEqual(await buffer((await openFileBlobs(inSqlite.blobs)).open(digest)), content)

    if (!testServer) return
    const database = await emptyDatabase(testServer)
    const directory = dataDirectory(fresh())
    await restoreBackup({ root: at.backups, directory, database, knowsSecret: false })
    assert.deepEqual(await everything(await openPostgresRows(database)), there)
    await assert.rejects(
      restoreBackup({ root: at.backups, directory, database, knowsSecret: false }),
      /has an installation already/,
    )
    await dropDatabase(database)
  })

  it('is of a database that does what it did: triggers count, numbers go on', async () => {
    const at = await install()
    const resource = {
      kind: 'k',
      account: 'a',
      region: 'r',
      name: 'n',
      parent: '',
      created: 1,
      modified: 1,
      document: '{}',
    }
    await at.store.db
      .insertInto('resource')
      .values({ ...resource, arn: 'one', status: 'S' })
      .execute()
    await at.backup()
    const directory = dataDirectory(fresh())
    await restoreBackup({ root: at.backups, directory, knowsSecret: true })
    const restored = await openSqliteStore(directory.database)
    const counted = () => restored.db.selectFrom('resource_count').select('count').where('status', '=', 'S').execute()
    assert.deepEqual(
      (await counted()).map(({ count }) => count),
      [1],
    )
    await restored.db
      .insertInto('resource')
      .values({ ...resource, arn: 'two', name: 'm', status: 'S' })
      .execute()
    assert.deepEqual(
      (await counted()).map(({ count }) => count),
      [2],
    )
    await restored.close()
  })

  it('copies what is new alone, and forgets what only old snapshots hold', async () => {
    const at = await install()
    const [first, second] = [randomBytes(10), randomBytes(400_000)]
    const gone = await keep(at, first, 'first')
    assert.deepEqual((await at.backup()).copied, { count: 1, bytes: 10 })
    await keep(at, second, 'second')
    await release(at.store.db, 'first')
    const report = await at.backup()
    assert.deepEqual(
      [report.copied, report.blobs],
      [
        { count: 1, bytes: 400_000 },
        { count: 1, bytes: 400_000 },
      ],
    )

    const kept = await openFileBlobs(backupPlace(at.backups).blobs)
    assert.deepEqual(await pruneBackups(at.backups, 2), { snapshots: 0, blobs: 0 })
    assert.ok(await kept.has(gone))
    assert.deepEqual(await pruneBackups(at.backups, 1), { snapshots: 1, blobs: 1 })
    assert.equal(await kept.has(gone), false)
    assert.deepEqual(snapshotNames(backupPlace(at.backups)), [report.name])
  })

  it('begins again when content was collected while it was taken', async () => {
    const at = await install()
    await keep(at, randomBytes(10), 'first')
    let times = 0
    const report = await takeBackup({
      root: at.backups,
      blobs: at.blobs,
      secret: at.directory.secret,
      async openRows(copy) {
        const rows = await at.rows(copy)
        if (times++ > 0) return rows
        await release(at.store.db, 'first')
        await keep(at, randomBytes(20), 'second')
        await collect(at.store, at.blobs, { olderThan: new Date(Date.now() + 60_000) })
        return rows
      },
    })
    assert.deepEqual([times, report.damaged, report.blobs], [2, [], { count: 1, bytes: 20 }])
  })

  it('names content that is damaged, and has the rest', async () => {
    const at = await install()
    const digest = await keep(at, randomBytes(5000), 'rotten')
    await keep(at, randomBytes(3000), 'sound')
    const hex = digest.slice('sha256:'.length)
    rmSync(join(at.directory.blobs, 'sha256', hex.slice(0, 2), hex.slice(2)))
    writeFileSync(join(at.directory.blobs, 'sha256', hex.slice(0, 2), hex.slice(2)), 'other')
    const { damaged, blobs } = await at.backup()
    assert.deepEqual(
      damaged.map(found => found.digest),
      [digest],
    )
    assert.deepEqual(blobs, { count: 1, bytes: 3000 })
    await restoreBackup({ root: at.backups, directory: dataDirectory(fresh()), knowsSecret: false })
  })
})

describe('a restore is refused', () => {
  it('without a backup, without the snapshot, and without the secret', async () => {
    const at = await install()
    const directory = dataDirectory(fresh())
    const restore = (more = {}) => restoreBackup({ root: at.backups, directory, knowsSecret: false, ...more })
    await assert.rejects(restore(), /has no snapshot .*It has: none/)
    rmSync(at.directory.secret)
    const { name } = await at.backup()
    await assert.rejects(restore({ snapshot: '2031' }), new RegExp(`no snapshot 2031. It has: ${name}`))
    await assert.rejects(restore(), /has no root secret/)
    await restore({ knowsSecret: true })
  })

  it('of rows or content that are damaged, and leaves no installation', async () => {
    const at = await install()
    const digest = await keep(at, randomBytes(5000), 'somebody')
    const { name } = await at.backup()
    const stored = backupPlace(at.backups)
    const refused = async (said: RegExp) => {
      const directory = dataDirectory(fresh())
      await assert.rejects(restoreBackup({ root: at.backups, directory, knowsSecret: false }), said)
      assert.throws(() => statSync(directory.database), { code: 'ENOENT' })
    }
    const table = stored.rows(name, 'setting')
    const sound = readFileSync(table)
    truncateSync(table, sound.length - 9)
    await refused(/setting\.jsonl\.gz cannot be read/)
    // A third of a gibibyte, and no end of a line.
    writeFileSync(table, gzipSync(Buffer.alloc(340 * 1024 ** 2, ' '), { level: 1 }))
    await refused(/setting\.jsonl\.gz cannot be read: a line is longer than 268435456 bytes/)
    writeFileSync(table, readFileSync(stored.rows(name, 'tag')))
    await refused(/setting\.jsonl\.gz is damaged: it does not hold the 1 rows/)
    writeFileSync(table, sound)
    const hex = digest.slice('sha256:'.length)
    const blob = join(stored.blobs, 'sha256', hex.slice(0, 2), hex.slice(2))
    appendFileSync(blob, 'x')
    await refused(/damaged on disk/)
  })

  it('of a newer version, and of another format', async () => {
    const at = await install()
    const { name } = await at.backup()
    const path = backupPlace(at.backups).manifest(name)
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    const restore = () => restoreBackup({ root: at.backups, directory: dataDirectory(fresh()), knowsSecret: false })
    writeFileSync(path, JSON.stringify({ ...manifest, migrations: [...manifest.migrations, '2031-01-01-flying'] }))
    await assert.rejects(restore(), /newer version of Modelmart, which made the step 2031-01-01-flying/)
    writeFileSync(path, JSON.stringify({ ...manifest, format: 2 }))
    await assert.rejects(restore(), /has format 2, and this program reads 1/)
  })
})

it('a backup of an older version is restored with the schema of its time, and then brought up to date', async () => {
  const steps = migrations.map(({ name }) => name).filter(name => !name.includes('sns') && !name.includes('plan'))
  assert.ok(steps.length > 20 && steps.length < migrations.length)
  const old = fresh()
  const kysely = new Kysely<Database>({ dialect: new SqliteDialect(openSqliteFile(old).config) })
  await migrateThrough(kysely, steps)
  await kysely.insertInto('setting').values({ name: 'colour', value: 'green' }).execute()
  await kysely.destroy()

  const root = fresh()
  const blobs = await openFileBlobs(fresh())
  const openRows = async (copy: string) => openSqliteRows(old, copy)
  await takeBackup({ root, openRows, blobs, secret: fresh() })
  const directory = dataDirectory(fresh())
  await restoreBackup({ root, directory, knowsSecret: true })
  const store = await openSqliteStore(directory.database)
  assert.deepEqual(await store.db.selectFrom('sns_topic').selectAll().execute(), [])
  const { value } = await store.db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', 'colour')
    .executeTakeFirstOrThrow()
  assert.equal(value, 'green')
  await store.close()
})
