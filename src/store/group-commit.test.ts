import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { openSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

const store = await openSqliteStore(':memory:')
after(() => store.close())

const insert = ({ db }: Pick<Store, 'db'>, name: string) =>
  db.insertInto('setting').values({ name, value: '' }).execute()
const has = async ({ db }: Pick<Store, 'db'>, name: string): Promise<boolean> =>
  (await db.selectFrom('setting').select('name').where('name', '=', name).execute()).length === 1

it('keeps what succeeds and nothing of what fails, in one group', async () => {
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

it('goes on after a group whose commit failed', async () => {
  const broken = store.transaction(({ db }) => db.executeQuery({ sql: 'rollback', parameters: [] } as never))
  const beside = store.transaction(tx => insert(tx, 'beside'))
  const outcomes = await Promise.allSettled([broken, beside])
  assert.deepEqual(
    outcomes.map(outcome => outcome.status),
    ['rejected', 'rejected'],
  )
  await store.transaction(tx => insert(tx, 'after'))
  assert.deepEqual([await has(store, 'beside'), await has(store, 'after')], [false, true])
})
