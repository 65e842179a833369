import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { clock } from '../ground/clock.ts'
import { dropDatabase, ownDatabase, testServer } from '../store/own-database.fixture.ts'
import { openPostgresStore } from '../store/postgres.ts'
import { connectionsOf } from '../store/server-fence.ts'
import type { Wish, WishNews } from '../store/store.ts'
import { liveAlone } from './server-life.ts'
import { startWorker } from './worker.ts'

const log = pino({ enabled: false })

describe('what one server wishes and another does', { skip: testServer ? false : 'there is no PostgreSQL' }, () => {
  const url = testServer ? ownDatabase(testServer, randomUUID()) : Promise.resolve('')
  after(async () => testServer && dropDatabase(await url))

  /** One that wishes and works on nothing, and one that works, and is told by news alone until it is asked to look. */
  async function world() {
    let news: WishNews | undefined
    const wishing = await openPostgresStore(await url, wishes => news?.tell(wishes))
    const working = await openPostgresStore(await url)
    const began = new Map<string, PromiseWithResolvers<void>>()
    const begun = (key: string) => {
      const one = began.get(key) ?? Promise.withResolvers<void>()
      began.set(key, one)
      return one
    }
    await liveAlone(working)
    let connected = Promise.withResolvers<void>()
    const told: Wish[] = []
    const changed = Promise.withResolvers<void>()
    const worker = startWorker({
      ...{ store: working, log },
      reconcilers: {
        thing: async (key, signal, wishes) => {
          begun(key).resolve()
          if (key !== 'long') return
          using _ = wishes?.on(changed.resolve)
          signal.addEventListener('abort', () => changed.resolve())
          await changed.promise
        },
      },
    })
    const hears = working.wishNews({
      heard(wishes) {
        told.push(...wishes)
        worker.wake(wishes)
      },
      missed: () => connected.resolve(),
    })
    const tells = Promise.withResolvers<void>()
    news = wishing.wishNews({ heard() {}, missed: tells.resolve })
    await Promise.all([connected.promise, tells.promise])
    const cut = async () => {
      connected = Promise.withResolvers()
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = ${connectionsOf(working.server)} and query like 'listen %'`.execute(wishing.db)
    }
    return {
      ...{ worker, told, begun: (key: string) => begun(key).promise, changed: changed.promise, cut },
      connected: () => connected.promise,
      notify: (text: string) => sql`select pg_notify('modelmart_wishes', ${text})`.execute(wishing.db),
      wish: (...keys: string[]) =>
        wishing.transaction(async tx => {
          for (const key of keys) await tx.enqueue('thing', key)
        }),
      async end() {
        await Promise.all([news?.close(), hears?.close()])
        await worker.stop()
        for (const store of [wishing, working]) await store.close()
      },
    }
  }

  it('is begun because it was told, and told to who is at it', async () => {
    const w = await world()
    await w.wish('first', 'long')
    await Promise.all([w.begun('first'), w.begun('long')])
    await w.wish('long')
    await w.changed
    await w.end()
  })

  it('is told after what is no news, by whoever else may notify', async () => {
    const w = await world()
    for (const text of ['', 'no json', 'null', '{"from":"x","wishes":[1]}']) await w.notify(text)
    await w.wish('after-nonsense')
    await w.begun('after-nonsense')
    assert.deepEqual(
      w.told.map(({ key }) => key),
      ['after-nonsense'],
    )
    await w.end()
  })

  it('is told whole however much it is, or looked for', async () => {
    const w = await world()
    const keys = Array.from({ length: 200 }, (_, number) => `much-${number}-${'x'.repeat(100)}`)
    await w.wish(...keys)
    await Promise.all(keys.map(w.begun))
    assert.equal(w.told.length, keys.length)
    await w.end()
  })

  it('is found while nobody is told, and told again after that', async () => {
    const w = await world()
    await w.wish('long')
    await w.begun('long')
    await w.cut()
    await w.wish('long', 'untold')
    using _ = clock.every(50, () => void w.worker.look())
    await Promise.all([w.begun('untold'), w.changed])
    await w.connected()
    _[Symbol.dispose]()
    await w.wish('told again')
    await w.begun('told again')
    await w.end()
  })
})
