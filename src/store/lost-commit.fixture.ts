import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { systemClock, useClock } from '../ground/clock.ts'
import { leavesUnknown } from '../ground/errors.ts'
import { dropDatabase, ownDatabase } from './own-database.fixture.ts'
import { openPostgresStore } from './postgres.ts'
import type { Store } from './store.ts'

/** A way to a database that may lose a commit, or the answer to it, and the connection with it. */
export interface LosingWay {
  /** The database's URL by this way. */
  readonly url: string
  /** Loses the answers to so many commits from now on, which are made. */
  lose(commits: number): void
  /** Loses the answer to the next one, or that itself, and is no way any more. */
  end(how?: 'made' | 'undone'): void
  /** Is one again. */
  begin(): Promise<void>
  /** Loses the first commit of the next connection that says `commit` in words: later ones say it by number. */
  undo(): void
  close(): void
}

/** What PostgreSQL answers to `commit` (PostgreSQL 15, 55.7, CommandComplete). */
const committed = Buffer.from('COMMIT\0')

/** What a client has prepared, once a connection. */
const commit = Buffer.from('commit\0')

export async function openLosingWay(database: string): Promise<LosingWay> {
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let [toLose, toUndo, isEnding] = [0, 0, false]
  const way = createServer(client => {
    const server = connect(Number(port), hostname)
    for (const [one, other] of [[client, server] as const, [server, client] as const]) {
      sockets.add(one)
      one.on('error', () => {}).once('close', () => other.destroy())
    }
    client.on('data', (chunk: Buffer) => {
      if (toUndo === 0 || !chunk.includes(commit)) return void server.write(chunk)
      toUndo--
      server.destroy()
      if (isEnding) close()
    })
    server.on('data', (chunk: Buffer) => {
      if (toLose === 0 || !chunk.includes(committed)) return void client.write(chunk)
      toLose--
      client.destroy()
      if (isEnding) close()
    })
  }).listen(0, '127.0.0.1')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    way.close()
  }
  await once(way, 'listening')
  const url = new URL(database)
  const { port: own } = way.address() as AddressInfo
  url.host = `127.0.0.1:${own}`
  return {
    url: url.href,
    lose(commits) {
      toLose = commits
    },
    end(how = 'made') {
      if (how === 'made') toLose = 1
      else toUndo = 1
      isEnding = true
    },
    async begin() {
      isEnding = false
      way.listen(own, '127.0.0.1')
      await once(way, 'listening')
    },
    undo() {
      toUndo = 1
    },
    close,
  }
}

/** A store by such a way, that loses its patience with what is lost at once instead of after ten seconds. */
export async function openLosingStore(server: string): Promise<AsyncDisposable & { store: Store; way: LosingWay }> {
  const database = await ownDatabase(server, randomUUID())
  const clock = useClock({ ...systemClock, elapsed: () => 1000 * systemClock.elapsed() })
  const way = await openLosingWay(database)
  const store = await openPostgresStore(way.url)
  return {
    ...{ store, way },
    async [Symbol.asyncDispose]() {
      await store.close()
      way.close()
      clock[Symbol.dispose]()
      await dropDatabase(database)
    },
  }
}

/**
 * Writes twice three times what `note` notes by `write`, over commits whose answers are lost, the second while nobody can be asked what became of it. All
 * six are written then, each once.
 */
export async function writeOverLosses(way: LosingWay, note: () => void, write: () => Promise<void>): Promise<void> {
  for (const how of ['made', 'undone'] as const) {
    note()
    way.lose(1)
    await write()
    note()
    way.end(how)
    await assert.rejects(write, leavesUnknown)
    note()
    await assert.rejects(write)
    await way.begin()
    await write()
    await write()
  }
}
