import { randomUUID } from 'node:crypto'
import { clientsFor } from '../demo/clients.ts'
import { startServer } from '../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../setup/postgres.mjs'
import { ownDatabase } from '../src/store/own-database.fixture.ts'
import { openCaller } from './api.bench.ts'
import type { Bench, Figure } from './bench.ts'
import { temporaryDirectory } from './place.ts'
import { alternate } from './rounds.ts'

const rounds = 3

/** Control-plane calls a second with the rows in a PostgreSQL server of this machine, whose commits are on its disk. */
export const postgresBench: Bench = {
  name: 'postgres',
  async run({ socket }) {
    const postgres: { url: string; stop(): Promise<void> } = await startPostgres({ durable: true })
    const database = await ownDatabase(postgres.url, randomUUID())
    const [one, other] = [await open(socket, {}), await open(socket, { MODELMART_DATABASE: database })]
    try {
      const taken = await alternate(rounds, {
        create: other.caller.create,
        sqliteCreate: one.caller.create,
        describe: other.caller.describe,
        sqliteDescribe: one.caller.describe,
      })
      return [
        figure('CreateModelPackageGroup', taken.create, taken.sqliteCreate),
        figure('DescribeModelPackageGroup', taken.describe, taken.sqliteDescribe),
      ]
    } finally {
      for (const { close } of [one, other]) await close()
      await postgres.stop()
    }
  },
}

async function open(engineSocket: string, database: Readonly<Record<string, string>>) {
  const place = await temporaryDirectory()
  const env = { MODELMART_CHECK_ANSWERS: 'no', ...database }
  const server = await startServer({ data: place.path, engineSocket, env })
  const { credentials } = clientsFor(server.url, await server.account('someone'))
  return {
    caller: await openCaller(server.url, credentials),
    async close() {
      await server.stop()
      await place.remove()
    },
  }
}

const figure = (operation: string, ours: number[], theirs: number[]): Figure => ({
  work: `${operation} on PostgreSQL, 16 connections`,
  ...{ against: 'on SQLite', unit: '/s', ours, theirs, judged: 'ratio', atLeast: 0.5 },
})
