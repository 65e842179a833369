import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../setup/postgres.mjs'
import { buyer, openMarketFixture } from '../src/marketplace/market.fixture.ts'
import { buy, entitledArn, openShop, rates, usagePricing } from '../src/marketplace/market-story.fixture.ts'
import { createCommittedJournal } from '../src/runtime/committed-journal.ts'
import {
  countIn,
  type MeteringJournal,
  type MeteringParts,
  openMeteringJournal,
} from '../src/runtime/metering-journal.ts'
import { ownDatabase } from '../src/store/own-database.fixture.ts'
import { openPostgresStore } from '../src/store/postgres.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import type { Bench, Figure } from './bench.ts'
import { temporaryDirectory } from './place.ts'
import { processMs } from './process-time.ts'

const rounds = 3
const answers = 2000
const pricing = usagePricing([...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: '0.001' }] as typeof rates)

/** Microseconds of all processors, of them the database's; bytes that the server writes, and those of the database's log. */
interface Cost {
  readonly processor: number
  readonly database: number
  readonly written: number
  readonly logged: number
}

/** What it costs to meter an answer of a product: counted in PostgreSQL before it goes out, or a line on the disk that is counted later. */
export const meteringBench: Bench = {
  name: 'metering',
  async run() {
    const place = await temporaryDirectory()
    const postgres: { url: string; stop(): Promise<void> } = await startPostgres({ durable: true })
    const inPostgres = await openPostgresStore(await ownDatabase(postgres.url, randomUUID()))
    const inSqlite = await openSqliteStore(join(place.path, 'rows.sqlite'))
    const directory = join(place.path, 'metering')
    try {
      const committed = await openMeter(inPostgres, async parts => createCommittedJournal(parts), databaseCost)
      const lines = await openMeter(
        inSqlite,
        parts => openMeteringJournal({ ...parts, directory }),
        async () => nothing,
      )
      const figures: Figure[] = []
      for (const atOnce of [1, 16]) {
        const taken: [Cost, Cost][] = []
        for (let round = 0; round <= rounds; round++) taken.push([await committed(atOnce), await lines(atOnce)])
        figures.push(...figuresOf(atOnce, taken.slice(1)))
      }
      return figures
    } finally {
      for (const store of [inPostgres, inSqlite]) await store.close()
      await postgres.stop()
      await place.remove()
    }
  },
}

const nothing = { processor: 0, logged: 0 }

/** Meters so many answers at once, until all of them are counted. */
async function openMeter(
  store: Store,
  open: (parts: Pick<MeteringParts, 'count' | 'log'>) => Promise<MeteringJournal>,
  besides: (store: Store) => Promise<typeof nothing>,
) {
  const house = await openMarketFixture(store)
  const { offer } = await openShop(house, pricing)
  const productArn = await entitledArn(house, await buy(house, offer))
  const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'endpoint/1' }
  return async (atOnce: number): Promise<Cost> => {
    const journal = await open({ count: countIn(store, house.market), log: pino({ level: 'silent' }) })
    const [other, written, own] = [await besides(store), await bytesWritten(), process.cpuUsage()]
    let left = answers
    const ask = async () => {
      while (left-- > 0) await journal.record(subject, 1)
    }
    await Promise.all(Array.from({ length: atOnce }, ask))
    await journal.close()
    const { user, system } = process.cpuUsage(own)
    const [otherNow, writtenNow] = [await besides(store), await bytesWritten()]
    const database = (otherNow.processor - other.processor) / answers
    return {
      ...{ processor: (user + system) / answers + database, database },
      written: (writtenNow - written) / answers,
      logged: (otherNow.logged - other.logged) / answers,
    }
  }
}

/** By this process, to files and to the database. */
async function bytesWritten(): Promise<number> {
  return Number(/^wchar: (\d+)/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1])
}

/** Microseconds of its processes, and bytes of its log. */
async function databaseCost({ db }: Store): Promise<typeof nothing> {
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity`.execute(db)
  const times = await Promise.all(rows.map(({ pid }) => processMs(pid)))
  const log = await sql<{ bytes: number }>`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`.execute(db)
  return { processor: times.reduce((sum, ms) => sum + ms * 1000, 0), logged: log.rows[0]?.bytes ?? 0 }
}

function figuresOf(atOnce: number, taken: readonly (readonly [Cost, Cost])[]): Figure[] {
  const figure = (what: string, unit: string, of: (cost: Cost) => number): Figure => ({
    ...{
      work: `An answer is metered, ${atOnce} at once: ${what}`,
      against: 'a line on the disk',
      unit,
      judged: 'ratio',
    },
    ...{ ours: taken.map(([ours]) => of(ours)), theirs: taken.map(([, theirs]) => of(theirs)) },
  })
  return [
    figure('processor', 'µs', cost => cost.processor),
    figure('of it outside of PostgreSQL', 'µs', cost => cost.processor - cost.database),
    figure('written by the server', 'B', cost => cost.written),
    figure('written by the server, and PostgreSQL’s log', 'B', cost => cost.written + cost.logged),
  ]
}
