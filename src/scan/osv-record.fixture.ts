import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { type ImportReport, importVulnerabilities } from './import-vulnerabilities.ts'
import type { OsvAffected, OsvRecord } from './osv-record.ts'

/** One package of an ecosystem, affected from the beginning until `fixed`, or for ever. */
export const affects = (
  ecosystem: string,
  name: string,
  fixed?: string,
  rest: Partial<OsvAffected> = {},
): OsvAffected => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...(fixed ? [{ fixed }] : [])] }],
  ...rest,
})

/** A record of a distribution on one CVE, of the critical kind unless the rest says otherwise. */
export const record = (id: string, affected: readonly OsvAffected[], rest: Partial<OsvRecord> = {}): OsvRecord => ({
  id,
  modified: '2026-11-18T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected,
  ...rest,
})

/** A store into which these records are imported, from a file of lines. */
export async function storeOf(...records: readonly OsvRecord[]): Promise<Store> {
  const store = await openTestStore(':memory:')
  await importRecords(store, records)
  return store
}

export const importRecords = (
  store: Store,
  records: readonly unknown[],
  name = 'records.jsonl',
): Promise<ImportReport> => importText(store, records.map(one => JSON.stringify(one)).join('\n'), name)

/** Imports a file of this content. */
export async function importText(store: Store, content: string | Buffer, name: string): Promise<ImportReport> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-osv-test-'))
  try {
    await writeFile(join(directory, name), content)
    return await importVulnerabilities(store, join(directory, name), new Date('2026-11-20T00:00:00Z'))
  } finally {
    await rm(directory, { recursive: true })
  }
}
