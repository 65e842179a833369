import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, it } from 'node:test'
import { sql } from 'kysely'
import { systemClock, useClock } from '../ground/clock.ts'
import { isDiskFull } from '../ground/disk-full.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

/** Time stands but for what is worked, so that a slow machine takes no group apart. */
let worked = 0
const standing = useClock({ ...systemClock, elapsed: () => worked })
const store = await openSqliteStore(':memory:')
after(async () => {
  await store.close()
  standing[Symbol.dispose]()
})

const insert = ({ db }: Pick<Store, 'db'>, name: string) =>
  db.insertInto('setting').values({ name, value: '' }).execute()
const has = async ({ db }: Pick<Store, 'db'>, name: string): Promise<boolean> =>
  (await db.selectFrom('setting').select('name').where('name', '=', name).execute()).length === 1

it('lets others be answered between works that take long', async () => {
  let done = 0
  const answered: number[] = []
  const look = () => {
    answered.push(done)
    if (done < 20) setImmediate(look)
  }
  let commits = 0
  setImmediate(look)
  await Promise.all(
    Array.from({ length: 20 }, () =>
      store
        .transaction(async tx => {
          await insert(tx, `long-${done++}`)
          worked += 0.4
        })
        .then(() => commits++),
    ),
  )
  assert.equal(commits, 20)
  const most = answered.reduce((most, count, n) => Math.max(most, count - (answered[n - 1] ?? 0)), 0)
  assert.ok(most <= 3, `${most} works were done between two looks`)
})

it('fails of works that take long those alone whose own commit failed', async () => {
  await sql`create table late (parent text references setting (name) deferrable initially deferred)`.execute(store.db)
  const slow = <T>(work: Parameters<typeof store.transaction<T>>[0]) =>
    store.transaction(async tx => {
      worked += 1
      return work(tx)
    })
  const outcomes = await Promise.allSettled([
    slow(tx => insert(tx, 'before the orphan')),
    slow(({ db }) => sql`insert into late values ('nobody')`.execute(db)),
    slow(tx => insert(tx, 'behind the orphan')),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

/** As the database does it by itself when the disk is full. */
const endIt = ({ db }: Pick<Store, 'db'>) => sql`rollback transaction`.execute(db)

it('tells the one that met the end of the transaction why, not the others, and runs those after it', async () => {
  const before = store.transaction(tx => insert(tx, 'before'))
  const meets = store.transaction(async tx => {
    await endIt(tx)
    throw new Error('mine alone')
  })
  const behind = store.transaction(tx => insert(tx, 'behind'))
  await assert.rejects(before, (error: Error) => /another that shared it/.test(error.message))
  await assert.rejects(meets, /mine alone/)
  await behind
  assert.deepEqual([await has(store, 'before'), await has(store, 'behind')], [false, true])
})

it('commits nothing of a work that goes on after the end of its transaction', async () => {
  const stubborn = store.transaction(async tx => {
    await endIt(tx)
    await insert(tx, 'stubborn').catch(() => {})
    return 'done'
  })
  await assert.rejects(stubborn)
  assert.equal(await has(store, 'stubborn'), false)
})

it('tells all of a group whose commit failed, and goes on', async () => {
  const defer = sql`pragma defer_foreign_keys = on`
  await sql`create table child (parent text references setting (name))`.execute(store.db)
  const orphan = store.transaction(async ({ db }) => {
    await defer.execute(db)
    await sql`insert into child values ('nobody')`.execute(db)
  })
  const beside = store.transaction(tx => insert(tx, 'beside'))
  for (const one of [orphan, beside]) await assert.rejects(one, /FOREIGN KEY/)
  await store.transaction(tx => insert(tx, 'after'))
  assert.deepEqual([await has(store, 'beside'), await has(store, 'after')], [false, true])
})

it('tells who met it that the disk is full, and goes on when it is not any more', async () => {
  const pages = (most: number) => sql.raw(`pragma max_page_count = ${most}`).execute(store.db)
  await pages(1)
  const fill = store.transaction(({ db }) =>
    sql`insert into setting values ('large', ${'x'.repeat(1 << 20)})`.execute(db),
  )
  const small = store.transaction(async () => 'beside it')
  await assert.rejects(fill, isDiskFull)
  assert.equal(await small, 'beside it')
  await pages(1 << 30)
  await store.transaction(tx => insert(tx, 'with room'))
  assert.deepEqual([await has(store, 'large'), await has(store, 'with room')], [false, true])
})

it('waits beside the main thread while another process holds the database', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'locked-store-'))
  const path = join(directory, 'metadata.sqlite')
  await using waiting = Object.assign(await openSqliteStore(path), {
    [Symbol.asyncDispose]: async () => {
      await waiting.close()
      await rm(directory, { recursive: true })
    },
  })
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  const written = waiting.transaction(tx => insert(tx, 'patient'))
  let turns = 0
  while (turns < 20) {
    await new Promise(resolve => setTimeout(resolve, 1))
    turns++
  }
  other.exec('rollback')
  await written
  assert.equal(await has(waiting, 'patient'), true)
  other.close()
})
