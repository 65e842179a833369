import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { pino } from 'pino'
import { systemClock, useClock } from '../ground/clock.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Reconciler } from './reconciler.ts'
import { liveAlone } from './server-life.ts'
import { startWorker, type Worker } from './worker.ts'

async function world(reconcilers: Record<string, Reconciler>, concurrency?: number) {
  let worker: Worker | undefined
  const store = await openTestStore(':memory:', wishes => worker?.wake(wishes))
  await liveAlone(store)
  const bounded = concurrency === undefined ? {} : { concurrency }
  worker = startWorker({ store, reconcilers, log: pino({ enabled: false }), ...bounded })
  const wish = (key: string, at?: Date) => store.transaction(tx => tx.enqueue('thing', key, at))
  const pending = async () => (await store.db.selectFrom('work').selectAll().execute()).length
  const end = async () => {
    await worker?.stop()
    await store.close()
  }
  return { wish, pending, end, db: store.db }
}

async function until(condition: () => boolean | Promise<boolean>) {
  for (let i = 0; i < 10_000 && !(await condition()); i++) await sleep(5)
  assert.ok(await condition())
}

test('a wish is carried out once and forgotten', async () => {
  const seen: string[] = []
  const w = await world({ thing: async key => void seen.push(key) })
  await w.wish('a')
  await until(async () => (await w.pending()) === 0)
  assert.deepEqual(seen, ['a'])
  await w.end()
})

test('a reconciler is called again after the time it asks for, and after an error', async () => {
  let calls = 0
  const w = await world({
    thing: async () => {
      calls++
      if (calls === 1) throw new Error('not yet')
      if (calls === 2) return { after: 10 }
    },
  })
  await w.wish('a')
  await until(async () => calls === 3 && (await w.pending()) === 0)
  await w.end()
})

test('a wish made while its work runs is not lost, and one key is never worked on twice at once', async () => {
  let calls = 0
  let active = 0
  const wished = Promise.withResolvers<void>()
  const w = await world({
    thing: async () => {
      assert.equal(++active, 1)
      calls++
      await wished.promise
      active--
    },
  })
  await w.wish('a')
  await until(() => calls === 1)
  await w.wish('a')
  await w.wish('a')
  wished.resolve()
  await until(async () => (await w.pending()) === 0)
  assert.equal(calls, 2)
  await w.end()
})

test('a wish for later waits, and one for earlier overtakes it', async () => {
  const seen: string[] = []
  const w = await world({ thing: async key => void seen.push(key) })
  const hour = 3_600_000
  await w.wish('late', new Date(Date.now() + hour))
  await w.wish('soon', new Date(Date.now() + 30))
  await until(async () => (await w.pending()) === 1)
  assert.deepEqual(seen, ['soon'])
  await w.wish('late', new Date(Date.now() + 2 * hour))
  await w.wish('late', new Date())
  await until(async () => (await w.pending()) === 0)
  assert.deepEqual(seen, ['soon', 'late'])
  await w.end()
})

test('a key whose failure could not be written down is tried again when the store can write', async () => {
  let calls = 0
  let allow = async () => {}
  const w = await world({
    thing: async () => {
      calls++
      if (calls > 1) return
      await sql`pragma query_only = on`.execute(w.db)
      allow = async () => void (await sql`pragma query_only = off`.execute(w.db))
      throw new Error('the disk is full')
    },
  })
  await w.wish('a')
  await until(() => calls === 1)
  await sleep(100)
  await allow()
  await until(() => calls === 2)
  await until(async () => (await w.pending()) === 0)
  await w.end()
})

test('who works long on a key hears at once that it was wished for again', async () => {
  const heard = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let calls = 0
  const w = await world({
    thing: async (_key, _signal, wishes) => {
      if (++calls > 1) return
      using _ = wishes?.on(heard.resolve)
      begun.resolve()
      await heard.promise
    },
  })
  await w.wish('a')
  await begun.promise
  await w.wish('b')
  await w.wish('a')
  await heard.promise
  await until(async () => (await w.pending()) === 0)
  await w.end()
})

const hour = 3_600_000
/** How the clock leaps before a key is worked on, and meanwhile. */
const leaps: Readonly<Record<string, readonly [before: readonly number[], during: readonly number[]]>> = {
  'on by an hour': [[], [hour]],
  'back by an hour and on again': [[], [-hour, hour]],
  'back by an hour before it, and on again': [[-hour], [hour]],
}
for (const [how, [before, during]] of Object.entries(leaps))
  test(`a clock that is set ${how} has nobody work on a key that is being worked on`, async () => {
    let now = Date.now()
    using _ = useClock({ ...systemClock, now: () => now })
    const begun = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    let active = 0
    let most = 0
    const w = await world({
      thing: async key => {
        most = Math.max(most, key === 'a' ? ++active : 0)
        begun.resolve()
        if (key === 'a') await over.promise
        if (key === 'a') active--
      },
    })
    for (const leap of before) now += leap
    await w.wish('a')
    await begun.promise
    for (const leap of during) {
      now += leap
      await w.wish('b')
      await until(async () => (await w.pending()) === 1)
    }
    over.resolve()
    await until(async () => (await w.pending()) === 0)
    assert.equal(most, 1)
    await w.end()
  })

test('a clock that is set back by an hour lets nothing wait for an hour', async () => {
  let now = Date.now()
  using _ = useClock({ ...systemClock, now: () => now })
  const w = await world({ thing: async () => {} })
  await w.wish('later', new Date(now + 60_000))
  now -= hour
  await w.wish('now')
  await until(async () => (await w.pending()) === 1)
  const { due } = await w.db
    .selectFrom('work')
    .select('due')
    .where('kind', '=', 'thing')
    .where('key', '=', 'later')
    .executeTakeFirstOrThrow()
  // By the hour, and by what the machine's time went on meanwhile.
  assert.ok(Number(due) <= now + 60_000, `it waits for ${Number(due) - now} ms`)
  await w.end()
})

test('what is wanted at a time is looked at then, though the clock leaps on while it is worked on', async () => {
  let now = Date.now()
  using _ = useClock({ ...systemClock, now: () => now })
  const wanted = now + 2 * hour
  const w = await world({
    thing: async () => {
      const after = wanted - now
      now += hour
      return { after }
    },
  })
  await w.wish('a')
  const due = async () => Number((await w.db.selectFrom('work').select('due').executeTakeFirstOrThrow()).due)
  await until(async () => (await due()) > now)
  assert.ok(Number.isInteger(await due()))
  const late = (await due()) - wanted
  assert.ok(Math.abs(late) < 60_000, `it is looked at ${late} ms late`)
  await w.end()
})

const arn = (account: string, name: string | number) => `arn:aws:sagemaker:us-east-1:${account}:thing/${name}`
const [flooding, other] = ['111111111111', '222222222222'] as const

test('an account for which thousands wait, and none ends, keeps no other’s from being worked on', async () => {
  const over = Promise.withResolvers<void>()
  const begun: string[] = []
  const w = await world({
    thing: async key => {
      begun.push(key)
      if (key.includes(flooding)) await over.promise
    },
  })
  const due = Date.now() - 60_000
  for (let from = 0; from < 3000; from += 500)
    await w.db
      .insertInto('work')
      .values(
        Array.from({ length: 500 }, (_, index) => ({
          ...{ kind: 'thing', key: arn(flooding, from + index), owner: flooding, due, lease: '', server: '' },
          ...{ attempts: 0, generation: 1, last_error: '' },
        })),
      )
      .execute()
  await w.wish(arn(flooding, 'last'))
  await until(() => begun.length > 100)
  await w.wish(arn(other, 'first'))
  await until(() => begun.includes(arn(other, 'first')))
  assert.ok(begun.length < 128, `${begun.length} were begun`)
  over.resolve()
  await until(async () => (await w.pending()) === 0)
  assert.equal(new Set(begun).size, 3002)
  assert.equal(begun.length, 3002)
  await w.end()
})

test('while as much is worked on as may be, nobody looks for more', async () => {
  let timers = 0
  const after: typeof systemClock.after = (ms, callback) => {
    timers++
    return systemClock.after(ms, callback)
  }
  using _ = useClock({ ...systemClock, after })
  const over = Promise.withResolvers<void>()
  let begun = 0
  const w = await world({
    thing: async () => {
      begun++
      await over.promise
    },
  })
  await Promise.all(Array.from({ length: 300 }, (_, index) => w.wish(arn(flooding, index))))
  await until(() => begun > 100)
  const before = timers
  for (let turn = 0; turn < 100; turn++) await sleep(1)
  assert.ok(timers - before < 10, `${timers - before} looks`)
  over.resolve()
  await until(async () => (await w.pending()) === 0)
  await w.end()
})

test('who only waits gives its place to others, and keeps its key', async () => {
  const done: string[] = []
  const other = Promise.withResolvers<void>()
  let begun = 0
  const w = await world(
    {
      thing: async (key, _signal, wishes) => {
        if (key === 'a') {
          begun++
          wishes?.stepAside()
          wishes?.stepAside()
          await other.promise
        } else other.resolve()
        done.push(key)
      },
    },
    1,
  )
  await w.wish('a')
  await until(() => begun === 1)
  await w.wish('a')
  await w.wish('b')
  // It was wished for again while it went on.
  await until(async () => begun === 2 && (await w.pending()) === 0)
  assert.deepEqual(done, ['b', 'a', 'a'])
  await w.end()
})
