import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'
import type { DiskSync } from './write-ahead-log.ts'

const directory = await mkdtemp(join(tmpdir(), 'write-ahead-log-'))
after(() => rm(directory, { recursive: true, force: true }))

const insert = ({ db }: Pick<Store, 'db'>, name: string) =>
  db.insertInto('setting').values({ name, value: '' }).execute()
const names = async ({ db }: Store): Promise<Set<string>> =>
  new Set((await db.selectFrom('setting').select('name').execute()).map(row => row.name))

/** A disk that keeps no more than it must: what there was when the last sync that ended began. */
function forgetfulDisk(path: string) {
  let syncs = 0
  let kept = ''
  const sync: DiskSync = async file => {
    const copy = join(directory, `disk-${syncs++}`)
    await copyFile(path, copy)
    await copyFile(`${path}-wal`, `${copy}-wal`)
    await sleep(2)
    await file.datasync()
    kept = copy
  }
  return { sync, syncs: () => syncs, afterPowerFailure: () => openSqliteStore(kept) }
}

it('has acknowledged nothing that a power failure takes away, and syncs once for many', async () => {
  const path = join(directory, 'store')
  const disk = forgetfulDisk(path)
  const store = await openSqliteStore(path, undefined, disk.sync)
  const acknowledged: string[] = []
  let checked = 0
  async function writer(number: number): Promise<void> {
    for (let round = 0; round < 12; round++) {
      const name = `${number}/${round}`
      if (round % 3 === 0) await insert(store, name)
      else await store.transaction(tx => insert(tx, name))
      acknowledged.push(name)
      // Of one that writes nothing, what it has seen is durable too.
      const seen = round % 3 === 2 ? await store.transaction(async ({ db }) => names({ ...store, db })) : new Set([])
      if (number !== round) continue
      const promised = [...acknowledged, ...seen]
      const left = await disk.afterPowerFailure()
      const found = await names(left)
      assert.deepEqual(
        promised.filter(one => !found.has(one)),
        [],
      )
      await left.close()
      checked++
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, number) => writer(number)))
  assert.equal(checked, 12)
  assert.ok(disk.syncs() < 144, `${disk.syncs()} syncs for 144 commits`)
  await store.close()
})

it('refuses what the disk failed to keep and all writes after it, and goes on to read', async () => {
  const path = join(directory, 'failing')
  let broken = false
  const store = await openSqliteStore(path, undefined, async () => {
    if (broken) throw new Error('EIO: i/o error, fdatasync')
  })
  await insert(store, 'kept')
  broken = true
  await assert.rejects(insert(store, 'lost'), /disk failed/)
  broken = false
  const late = store.transaction(tx => insert(tx, 'late'))
  await assert.rejects(late, /disk failed/)
  const found = await names(store)
  assert.deepEqual([found.has('kept'), found.has('late')], [true, false])
  await store.close()
})

it('rolls back a transaction that fails, and wakes workers once its wish is durable', async () => {
  const path = join(directory, 'waking')
  let synced = 0
  const woken: number[] = []
  const store = await openSqliteStore(
    path,
    wishes => woken.push(...wishes.map(({ due }) => due)),
    async () => void synced++,
  )
  const failing = store.transaction(async tx => {
    await insert(tx, 'never')
    await tx.enqueue('kind', 'key', new Date(1))
    throw new Error('no')
  })
  await assert.rejects(failing, /^Error: no$/)
  assert.deepEqual([woken, (await names(store)).has('never')], [[], false])
  const before = synced
  await store.transaction(tx => tx.enqueue('kind', 'key', new Date(2)))
  assert.deepEqual([woken, synced > before], [[2], true])
  await store.close()
})

/** A store that writes and removes a mebibyte at a time, and another process that reads its database. */
async function besideReader(name: string) {
  const path = join(directory, name)
  const store = await openSqliteStore(path, undefined, async () => {})
  const reader = new DatabaseSync(path)
  return {
    reader,
    read: () => reader.prepare('select count(*) from setting').get(),
    async write(mebibytes: number) {
      for (let row = 0; row < mebibytes; row++)
        await store.db
          .insertInto('setting')
          .values({ name: `large ${row}`, value: 'x'.repeat(1 << 20) })
          .execute()
      await store.db.deleteFrom('setting').where('name', 'like', 'large%').execute()
    },
    logBytes: async () => (await stat(`${path}-wal`)).size,
    async [Symbol.asyncDispose]() {
      reader.close()
      await store.close()
    },
  }
}
const mostBytes = 64 * 1024 * 1024

it('begins the log anew, whatever is written, while another process reads now and then', async () => {
  await using beside = await besideReader('now-and-then')
  for (let round = 0; round < 6; round++) {
    await beside.write(16)
    beside.read()
  }
  assert.ok((await beside.logBytes()) < mostBytes, `${await beside.logBytes()} bytes of log`)
})

it('gives the log’s room back when another process ends a long read', async () => {
  await using beside = await besideReader('long')
  beside.reader.exec('begin')
  beside.read()
  await beside.write(80)
  assert.ok((await beside.logBytes()) > mostBytes, 'the read keeps the log')
  beside.reader.exec('commit')
  // The first write copies the log into the database, the next one begins it anew.
  await beside.write(1)
  await beside.write(1)
  assert.ok((await beside.logBytes()) <= mostBytes, `${await beside.logBytes()} bytes of log are left`)
})
