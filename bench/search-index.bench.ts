import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hold } from '../demo/world.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Bench, Figure } from './bench.ts'
import { fillMarket } from './market-listings.ts'
import { temporaryDirectory } from './place.ts'
import type { SearchIndexReport } from './search-index-process.ts'

const script = new URL('search-index-process.ts', import.meta.url).pathname

/** The marketplace's own search index against SQLite's FTS5, each in a process of its own on the same listings. A hundred thousand when full. */
export const searchIndexBench: Bench = {
  name: 'search-index',
  async run({ full }) {
    const place = await temporaryDirectory()
    try {
      return await compare(place.path, full ? 100_000 : 2_000)
    } finally {
      await place.remove()
    }
  },
}

async function compare(directory: string, listings: number): Promise<Figure[]> {
  const base = join(directory, 'base.sqlite')
  const store = await openSqliteStore(base)
  await fillMarket(store, listings)
  await store.close()
  const reportOf = async (way: string): Promise<SearchIndexReport> => {
    const file = join(directory, `${way}.sqlite`)
    await copyFile(base, file)
    const { stdout } = await promisify(execFile)(process.execPath, [script, way, file, String(listings)])
    return JSON.parse(stdout)
  }
  const own = await reportOf('own')
  const weights = await reportOf('weights')
  const bm25 = await reportOf('bm25')
  hold(String(own.found) === String(weights.found), 'FTS5 with the same weights finds the same in the same order')
  const against = (name: string, theirs: SearchIndexReport) => figures(listings, name, own, theirs)
  return [...against('FTS5, ranked the same', weights), ...against('FTS5, ranked by bm25', bm25)]
}

function figures(listings: number, against: string, own: SearchIndexReport, theirs: SearchIndexReport): Figure[] {
  const over = `of ${listings.toLocaleString('en-US')} listings`
  const figure = (work: string, unit: string, of: (report: SearchIndexReport) => number): Figure => ({
    ...{ work: `Search index ${over}: ${work}`, against, unit, judged: 'ratio' },
    ...{ ours: [of(own)], theirs: [of(theirs)] },
  })
  return [
    figure('made, processor', 's', report => report.buildProcessor),
    figure('memory', 'MiB', report => report.memoryAtEnd),
    ...Object.keys(own.figures).flatMap(kind => [
      figure(`${kind}, p50`, 'ms', report => report.figures[kind]?.[0] as number),
      figure(`${kind}, p99`, 'ms', report => report.figures[kind]?.[1] as number),
    ]),
  ]
}
