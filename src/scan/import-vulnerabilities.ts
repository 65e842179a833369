import type { Store, Transaction } from '../store/store.ts'
import { type OsvDocument, osvDocuments } from './osv-documents.ts'
import { requireOsvRecord } from './osv-record.ts'
import { type VulnerabilityRows, vulnerabilityRows } from './vulnerability-rows.ts'

export interface ImportReport {
  readonly imported: number
  /** Known already, as new or newer. */
  readonly unchanged: number
  readonly withdrawn: number
  /** Of ecosystems that no image is scanned for. */
  readonly elsewhere: number
  /** Documents that are no records, with the reason; nothing of them is imported. */
  readonly malformed: readonly string[]
}

const batchRecords = 500
const batchRows = 4000
/** SQLite takes 32,766 parameters in one statement. */
const insertRows = 2000

/**
 * Takes OSV records from files, batch by batch, each in one transaction. A record replaces an older one of its id and is left
 * alone by the same or an older one, so that an import may be repeated, or go on after a crash; a withdrawn one is no longer found.
 */
export async function importVulnerabilities(store: Store, path: string, now: Date): Promise<ImportReport> {
  const count: Counts = { imported: 0, unchanged: 0, withdrawn: 0, elsewhere: 0 }
  const malformed: string[] = []
  let batch = new Map<string, VulnerabilityRows>()
  let rows = 0
  const flush = async () => {
    const saved = await store.transaction(tx => save(tx, [...batch.values()], now.getTime()))
    for (const kind of kinds) count[kind] += saved[kind]
    batch = new Map()
    rows = 0
  }
  for await (const document of osvDocuments(path)) {
    const found = read(document)
    if (typeof found === 'string') {
      malformed.push(found)
      continue
    }
    if (batch.has(found.vulnerability.id)) await flush()
    batch.set(found.vulnerability.id, found)
    rows += found.affected.length
    if (batch.size >= batchRecords || rows >= batchRows) await flush()
  }
  await flush()
  return { ...count, malformed }
}

const kinds = ['imported', 'unchanged', 'withdrawn', 'elsewhere'] as const
type Counts = Record<(typeof kinds)[number], number>

function read({ where, parse }: OsvDocument): VulnerabilityRows | string {
  try {
    return vulnerabilityRows(requireOsvRecord(parse()))
  } catch (error) {
    return `${where}: ${(error as Error).message}`
  }
}

async function save({ db }: Transaction, batch: readonly VulnerabilityRows[], now: number): Promise<Counts> {
  if (batch.length === 0) return { imported: 0, unchanged: 0, withdrawn: 0, elsewhere: 0 }
  const ids = batch.map(({ vulnerability }) => vulnerability.id)
  const rows = await db.selectFrom('vulnerability').select(['id', 'modified']).where('id', 'in', ids).execute()
  const known = new Map(rows.map(row => [row.id, Number(row.modified)]))
  // A record that was ours and has become another ecosystem's takes what it said with it.
  const ours = batch.filter(({ vulnerability, affected }) => affected.length > 0 || known.has(vulnerability.id))
  const news = ours.filter(
    ({ vulnerability: { id, modified } }) => modified > (known.get(id) ?? Number.NEGATIVE_INFINITY),
  )
  if (news.length > 0) await replace(db, news)
  await noteSources(db, ours, now)
  const withdrawn = news.filter(({ vulnerability }) => vulnerability.withdrawn).length
  return {
    imported: news.length - withdrawn,
    unchanged: ours.length - news.length,
    withdrawn,
    elsewhere: batch.length - ours.length,
  }
}

async function replace(db: Transaction['db'], news: readonly VulnerabilityRows[]): Promise<void> {
  const ids = news.map(({ vulnerability }) => vulnerability.id)
  await db.deleteFrom('vulnerability_affected').where('vulnerability', 'in', ids).execute()
  await db.deleteFrom('vulnerability').where('id', 'in', ids).execute()
  await db
    .insertInto('vulnerability')
    .values(news.map(({ vulnerability }) => vulnerability))
    .execute()
  const affected = news.flatMap(({ vulnerability, affected }) => (vulnerability.withdrawn ? [] : affected))
  for (let at = 0; at < affected.length; at += insertRows)
    await db
      .insertInto('vulnerability_affected')
      .values(affected.slice(at, at + insertRows))
      .execute()
}

/** Says of each ecosystem of the batch how new its records are. */
async function noteSources(
  db: Transaction['db'],
  batch: readonly VulnerabilityRows[],
  imported: number,
): Promise<void> {
  const newest = new Map<string, number>()
  for (const { vulnerability, affected } of batch)
    for (const { ecosystem } of affected)
      newest.set(ecosystem, Math.max(newest.get(ecosystem) ?? 0, vulnerability.modified))
  for (const [ecosystem, at] of newest) {
    const known = await db
      .selectFrom('vulnerability_source')
      .select('newest')
      .where('ecosystem', '=', ecosystem)
      .executeTakeFirst()
    const row = { newest: Math.max(at, Number(known?.newest ?? 0)), imported }
    await db
      .insertInto('vulnerability_source')
      .values({ ecosystem, ...row })
      .onConflict(conflict => conflict.column('ecosystem').doUpdateSet(row))
      .execute()
  }
}
