import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { pino } from 'pino'
import { dropDatabase, ownDatabase, testServer } from '../store/own-database.fixture.ts'
import { openPostgresStore } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import { claim } from './queue.ts'
import { liveAlone, liveAmongOthers } from './server-life.ts'
import { startWorker } from './worker.ts'

const log = pino({ enabled: false })
const room = { free: 100, held: new Map<string, number>() }
const fail = (reason: unknown) => assert.fail(String(reason))

describe('several servers on one database', { skip: testServer ? false : 'there is no PostgreSQL' }, () => {
  const url = testServer ? ownDatabase(testServer, randomUUID()) : Promise.resolve('')
  after(async () => testServer && dropDatabase(await url))

  const open = async () => openPostgresStore(await url)
  const wish = (store: Store, ...keys: string[]) =>
    store.transaction(async tx => {
      for (const key of keys) await tx.enqueue('thing', key)
    })
  const holderOf = async ({ db }: Store, key: string) =>
    (await db.selectFrom('work').select('server').where('key', '=', key).execute())[0]?.server

  /** Another process that takes all there is and never ends it. */
  async function holder(): Promise<{ process: ChildProcess; name: string }> {
    const child = fork(new URL('./holding-server.fixture.ts', import.meta.url), [await url])
    const [name] = (await once(child, 'message')) as [string]
    return { process: child, name }
  }

  it('claim each wish once, whoever is quicker', async () => {
    const stores = await Promise.all([open(), open(), open()])
    await liveAlone(stores[0] as Store)
    const lives = await Promise.all(
      stores.map(store => liveAmongOthers(store, { lost: fail, onFreed() {}, onError: fail })),
    )
    const keys = Array.from({ length: 300 }, (_, number) => `claimed-${number}`)
    const done: string[] = []
    const thing = async (key: string) => void done.push(key)
    await wish(stores[0] as Store, ...keys)
    const workers = stores.map(store => startWorker({ store, log, reconcilers: { thing }, concurrency: 8 }))
    while (done.length < keys.length) await new Promise(resolve => setTimeout(resolve, 5))
    for (const worker of workers) await worker.stop()
    assert.deepEqual(done.toSorted(), keys.toSorted())
    for (const life of lives) await life.end()
    for (const store of stores) await store.close()
  })

  it('go on with what one held that was killed, and only with that', async () => {
    const store = await open()
    await liveAlone(store)
    await wish(store, 'of-the-killed')
    const [killed, living] = [await holder(), await holder()]
    await wish(store, 'of-the-living')
    living.process.send('claim')
    await once(living.process, 'message')
    const begun = Promise.withResolvers<string>()
    const worker = startWorker({ store, log, reconcilers: { thing: async key => begun.resolve(key) } })
    const life = await liveAmongOthers(store, {
      ...{ lost: fail, onError: fail },
      onFreed: () => worker.wake([{ kind: 'thing', key: '', due: 0 }]),
    })
    assert.equal(await holderOf(store, 'of-the-killed'), killed.name)
    killed.process.kill('SIGKILL')
    assert.equal(await begun.promise, 'of-the-killed')
    assert.equal(await holderOf(store, 'of-the-living'), living.name)
    living.process.kill('SIGKILL')
    await worker.stop()
    await life.end()
    await store.close()
  })

  it('have one that stands still within a transaction write nothing more, and take nothing', async () => {
    const [still, other] = [await open(), await open()]
    await liveAlone(other)
    const lost = Promise.withResolvers<string>()
    still.fence(lost.resolve)
    // It joins, and is not heard of again.
    await (await liveAmongOthers(still, { lost: fail, onFreed() {}, onError: fail })).end()
    await still.db
      .insertInto('server')
      .values({ name: still.server, beat: 0, address: '', url: '', place: '', works: 0 })
      .execute()
    await wish(still, 'of-the-still')
    assert.equal((await claim(still, Date.now(), room)).leases.length > 0, true)
    const freed = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const written = still.transaction(async tx => {
      await tx.db.insertInto('setting').values({ name: 'written', value: '' }).execute()
      // Statements keep the work from being ended as one that waits for something else.
      while (
        !(await Promise.race([gate.promise.then(() => true), tx.db.selectFrom('server').select('name').execute()]).then(
          value => value === true,
        ))
      );
    })
    const undone = assert.rejects(written)
    const quick = { onFreed: freed.resolve, lookMs: 50 }
    const life = await liveAmongOthers(other, { lost: fail, onError: fail, ...quick })
    await freed.promise
    gate.resolve()
    await undone
    assert.equal((await claim(other, Date.now(), room)).leases.map(({ key }) => key).includes('of-the-still'), true)
    await assert.rejects(wish(still, 'too-late'), /have not heard from this one/)
    assert.match(await lost.promise, /have not heard/)
    await wish(other, 'free')
    assert.deepEqual((await claim(still, Date.now(), room)).leases, [])
    assert.deepEqual(await other.db.selectFrom('setting').select('name').where('name', '=', 'written').execute(), [])
    assert.equal(await holderOf(other, 'too-late'), undefined)
    await life.end()
    for (const store of [still, other]) await store.close()
  })

  it('is over for the one before, when a server has it alone', async () => {
    const [before, now] = [await open(), await open()]
    await liveAlone(before)
    before.fence(() => {})
    await wish(before, 'acknowledged')
    await liveAlone(now)
    await assert.rejects(wish(before, 'late'), /have not heard from this one/)
    await before.close()
    await now.close()
  })
})
