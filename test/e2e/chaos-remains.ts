import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { isPostgres } from '../../src/store/postgres-dialect.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
import type { Store } from '../../src/store/store.ts'
import type { Ledger } from './chaos-storm.ts'
import type { ChaosWorld } from './chaos-world.ts'
import { volumesBelow } from './private-engine.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** Waits until no container, network, mount or file of any job is left; the server runs. */
export async function assertNothingRuns(world: ChaosWorld, ledger: Ledger): Promise<void> {
  const directory = dataDirectory(world.server.data)
  const look = async () => ({
    containers: (await world.containers()).map(({ State, Labels }) => `${State} ${Labels['modelmart.arn']}`),
    networks: await world.networks(),
    bridges: [...ledger.networks].filter(name => existsSync(`/sys/class/net/${name}`)),
    mounts: (await volumesBelow(world.disk.path)).filter(point => point !== world.disk.path),
    loops: await loopsBelow(world.disk.path),
    files: (await Promise.all([directory.work, join(directory.blobs, 'incoming')].map(entries))).flat(),
  })
  const empty = (found: Awaited<ReturnType<typeof look>>) => Object.values(found).every(list => list.length === 0)
  await until('nothing is left behind', look, empty, 40)
  const { stdout: rules } = await run('iptables-save')
  for (const network of ledger.networks) assert.ok(!rules.includes(network), `a rule for ${network} is left`)
}

const entries = async (path: string): Promise<string[]> => (await readdir(path)).map(name => join(path, name))

async function loopsBelow(path: string): Promise<string[]> {
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])
  return stdout.split('\n').filter(file => file.trim().startsWith(`${path}/`))
}

/** What a data directory may hold when nothing runs. */
const known =
  /^(lock|secret|database|metadata\.sqlite(-wal|-shm)?|server\.log|engine-starts|reserve\/[0-7]|aws\/(config|credentials)|metering\/[^/]+|audit\/\d{4}-\d\d-\d\d\.jsonl|blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{62}(\.sums)?)$/

/** Looks into the data directory of a server that has ended: no file without a use, no row without its other half. */
export async function assertDataIsWhole(data: string): Promise<void> {
  const directory = dataDirectory(data)
  const names = (await readdir(data, { recursive: true, withFileTypes: true }))
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(data, join(entry.parentPath, entry.name)))
  assert.deepEqual(
    names.filter(name => !known.test(name)),
    [],
    'files that nobody knows',
  )
  const store = await openDataStore(data)
  try {
    if (!isPostgres(store.db)) await assertFileIsWhole(store)
    const orphans = {
      chunks: sql`select distinct stream_id from log_chunk where stream_id not in (select id from log_stream)`,
      streams: sql`select id from log_stream where group_id not in (select id from log_group)`,
      work: sql`select kind, key, last_error from work where kind not in ('maintenance', 'image-inventory')`,
    }
    for (const [what, query] of Object.entries(orphans))
      assert.deepEqual((await query.execute(store.db)).rows, [], `left in the database: ${what}`)
    const held = await store.db.selectFrom('blob_reference').select('digest').where('released', '=', 0).execute()
    for (const { digest } of held) {
      const hex = digest.replace('sha256:', '')
      await stat(join(directory.blobs, 'sha256', hex.slice(0, 2), hex.slice(2)))
    }
  } finally {
    await store.close()
  }
}

async function assertFileIsWhole({ db }: Store): Promise<void> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db)
  assert.deepEqual(
    rows.map(row => row.integrity_check),
    ['ok'],
  )
}
