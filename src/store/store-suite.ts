import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { sql } from 'kysely'
import { type Resource, resources } from './resources.ts'
import type { Store } from './store.ts'

const insert = ({ db }: Pick<Store, 'db'>, name: string, value = '') =>
  db.insertInto('setting').values({ name, value }).execute()
const has = async ({ db }: Pick<Store, 'db'>, name: string): Promise<boolean> =>
  (await db.selectFrom('setting').select('name').where('name', '=', name).execute()).length === 1

/** SQLite's rows have no prototype. */
const plain = (row: unknown): object => ({ ...(row as object) })

const wish = { kind: 'kind', key: 'key', owner: 'kind', due: 1, lease: '', server: '', attempts: 0 }

/** What every store must do. `open` opens the same rows each time; each store that it gives is closed by its user. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(`store: ${name}`, () => {
    const opened = open()
    after(async () => (await opened).close())

    it('keeps what succeeds and nothing of what fails, of many at once', async () => {
      const store = await opened
      const outcomes = await Promise.allSettled(
        Array.from({ length: 100 }, (_, number) =>
          store.transaction(async tx => {
            await insert(tx, `work-${number}`)
            // A statement that the database refuses, an error of the work's own, and nothing to say.
            if (number % 10 === 1) await insert(tx, 'work-0')
            if (number % 10 === 2) throw new Error(`refused ${number}`)
            if (number % 10 === 3) throw undefined
            return number
          }),
        ),
      )
      for (const [number, outcome] of outcomes.entries()) {
        const fails = [1, 2, 3].includes(number % 10)
        assert.equal(outcome.status, fails ? 'rejected' : 'fulfilled', `work ${number}`)
        assert.equal(await has(store, `work-${number}`), !fails, `work ${number}`)
        if (outcome.status === 'fulfilled') assert.equal(outcome.value, number)
        if (number % 10 === 2 && outcome.status === 'rejected') assert.match(String(outcome.reason), /refused \d*2$/)
      }
    })

    it('shows each work what it and those before it wrote, and others nothing before the commit', async () => {
      const store = await opened
      const seen: boolean[] = []
      const first = store.transaction(async tx => {
        await insert(tx, 'first')
        seen.push(await has(tx, 'first'))
      })
      const second = store.transaction(async tx => void seen.push(await has(tx, 'first')))
      seen.push(await has(store, 'first'))
      await Promise.all([first, second])
      assert.deepEqual(seen, [false, true, true])
    })

    it('refuses a transaction within a transaction at once, and a statement beside it, and goes on', async () => {
      const store = await opened
      const nested = store.transaction(() => store.transaction(async () => {}))
      await assert.rejects(nested, /A transaction within the transaction of .*store-suite\.ts/)
      const beside = store.transaction(() => insert(store, 'beside it'))
      await assert.rejects(beside, /A statement within the transaction of/)
      await store.transaction(tx => insert(tx, 'after both'))
      assert.deepEqual([await has(store, 'beside it'), await has(store, 'after both')], [false, true])
    })

    it('undoes a work that waits for anything but the database, and names who asked', async () => {
      const store = await opened
      const never = new Promise<void>(() => {})
      const waits = store.transaction(async tx => {
        await insert(tx, 'waits')
        await never
      })
      const next = store.transaction(tx => insert(tx, 'next'))
      await assert.rejects(waits, /transaction of .*store-suite\.ts:\d+:\d+\)? waited for something that is not SQL/)
      await next
      assert.deepEqual([await has(store, 'waits'), await has(store, 'next')], [false, true])
    })

    it('takes no statement of a work that was undone into the next', async () => {
      const store = await opened
      const gate = Promise.withResolvers<void>()
      const late = Promise.withResolvers<void>()
      const refused = assert.rejects(late.promise)
      const undone = store.transaction(async tx => {
        await gate.promise
        await insert(tx, 'too late').then(() => late.resolve(), late.reject)
      })
      const following = store.transaction(async tx => {
        gate.resolve()
        for (let turn = 0; turn < 20; turn++) await has(tx, 'next')
      })
      await assert.rejects(undone, /not SQL/)
      await following
      await refused
      assert.equal(await has(store, 'too late'), false)
    })

    it('tells of wishes once their commit is there, and brings one forward that is there already', async () => {
      const store = await opened
      await store.transaction(async tx => {
        await tx.enqueue('kind', 'key', new Date(2000))
        await tx.enqueue('kind', 'key', new Date(1))
        await tx.enqueue('kind', 'key', new Date(3000))
      })
      const rows = await store.db.selectFrom('work').selectAll().where('kind', '=', 'kind').execute()
      assert.deepEqual(rows.map(plain), [{ ...wish, generation: 3, last_error: '' }])
    })

    it('counts the rows of a table by itself', async () => {
      const store = await opened
      const row = {
        kind: 'counted',
        account: '',
        region: '',
        name: '',
        parent: '',
        created: 1,
        modified: 1,
        document: '{}',
      }
      await store.db
        .insertInto('resource')
        .values({ ...row, arn: 'one', status: 'Going' })
        .execute()
      await store.db
        .insertInto('resource')
        .values({ ...row, arn: 'two', status: 'Going' })
        .execute()
      await store.db.updateTable('resource').set({ status: 'Gone' }).where('arn', '=', 'two').execute()
      await store.db.deleteFrom('resource').where('arn', '=', 'one').execute()
      const counts = await store.db
        .selectFrom('resource_count')
        .select(['status', 'count'])
        .where('kind', '=', 'counted')
        .orderBy('status')
        .execute()
      assert.deepEqual(counts.map(plain), [
        { status: 'Going', count: 0 },
        { status: 'Gone', count: 1 },
      ])
    })

    it('holds whole numbers that JavaScript holds, sums of them as numbers, and bytes as they are', async () => {
      const { db } = await opened
      const { rows } = await sql`select cast(9007199254740991 as bigint) as most, sum(n) as sum
        from (select 1 as n union all select 2 as n) as numbers`.execute(db)
      assert.deepEqual(rows.map(plain), [{ most: Number.MAX_SAFE_INTEGER, sum: 3 }])
      await assert.rejects(async () => void (await sql`select cast(9007199254740993 as bigint) as more`.execute(db)), {
        name: 'RangeError',
      })
    })

    it('holds any text as it is, U+0000 and what is no character too', async () => {
      const { db } = await opened
      for (const name of ['any-\0', 'any-\0\0', 'any-\uFFFE', 'any-\uFFFE0', 'any-\uFFFE\0', 'any-😀']) {
        await insert(await opened, name, name)
        const named = db.selectFrom('setting').select('value').where('name', '=', name)
        assert.deepEqual((await named.execute()).map(plain), [{ value: name }])
        assert.equal((await named.where('name', 'like', `${name}%`).execute()).length, 1)
      }
    })

    it('orders text by its bytes, finds it by letters of either case, and nothing in a list of nothing', async () => {
      const { db } = await opened
      for (const value of ['b', 'B', 'a', 'Ä', '_', 'Z']) await insert(await opened, `order-${value}`)
      const named = db.selectFrom('setting').select('name').where('name', 'like', 'ORDER-%')
      const found = (await named.orderBy('name').execute()).map(({ name }) => name.slice(6))
      assert.deepEqual(found, ['B', 'Z', '_', 'a', 'b', 'Ä'])
      assert.deepEqual(await named.where('name', 'in', []).execute(), [])
      assert.equal((await named.where('name', 'not in', []).execute()).length, 6)
      assert.deepEqual(await db.selectFrom('work').select('key').where('due', 'in', []).execute(), [])
    })

    it('has what was committed when it is opened again, and brings no schema up to date twice', async () => {
      const store = await opened
      await store.transaction(tx => insert(tx, 'kept', 'as it was'))
      const again = await open()
      const kept = await again.db.selectFrom('setting').select('value').where('name', '=', 'kept').execute()
      await again.close()
      assert.deepEqual(kept.map(plain), [{ value: 'as it was' }])
    })

    it('counts right when two processes change the same rows', async () => {
      const [one, other] = [await opened, await open()]
      await insert(one, 'sum', '0')
      const add = (store: Store) =>
        store.transaction(async ({ db }) => {
          const { value } = await db
            .selectFrom('setting')
            .select('value')
            .where('name', '=', 'sum')
            .executeTakeFirstOrThrow()
          await db
            .updateTable('setting')
            .set({ value: String(Number(value) + 1) })
            .where('name', '=', 'sum')
            .execute()
        })
      await Promise.all(Array.from({ length: 60 }, (_, number) => add(number % 2 ? one : other)))
      const sum = await one.db.selectFrom('setting').select('value').where('name', '=', 'sum').execute()
      await other.close()
      assert.deepEqual(sum.map(plain), [{ value: '60' }])
    })

    it('adds a resource once, as who came first has it, of many who add it in two processes', async () => {
      const [one, other] = [await opened, await open()]
      const things = resources<Resource & { readonly made: number }>('thing')
      const thing = { arn: 'arn:once', account: '1', region: 'r', name: 'once', parent: '', status: '', created: 1 }
      const added = await Promise.all(
        Array.from({ length: 40 }, (_, made) =>
          (made % 2 ? one : other).transaction(tx => things.add(tx, { ...thing, modified: 1, made })),
        ),
      )
      const first = added.indexOf(true)
      assert.deepEqual([first, added.lastIndexOf(true)], [(await things.get(other, thing.arn))?.made, first])
      await other.close()
    })

    it('ends what waits before it closes, and takes no more', async () => {
      const closing = await open()
      const waiting = Array.from({ length: 100 }, (_, number) =>
        closing.transaction(tx => insert(tx, `late-${number}`)),
      )
      const closed = closing.close()
      await assert.rejects(
        closing.transaction(async () => {}),
        /closed/,
      )
      await Promise.all(waiting)
      await closed
    })

    it('tells its size', async () => assert.ok((await (await opened).size()) > 100_000))
  })
}
