import { sql } from 'kysely'
import { openFileBlobs } from '../store/file-blobs.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { onInstallation } from './on-installation.ts'

/**
 * `modelmart verify`: reads everything that is stored and says what is not as it was put: the database by SQLite's own check, every blob
 * by its sums, and references to blobs that are not there. Works beside a running server; exit code 1 when something is damaged.
 */
export const verify = (context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const problems = [...(await checkDatabase(installation))]
    let [count, bytes] = [0, 0]
    const blobs = await openFileBlobs(installation.directory.blobs)
    const stored = new Set<string>()
    for await (const { digest, size } of blobs.list()) {
      stored.add(digest)
      count++
      bytes += size
      const damage = await readThrough(blobs.open(digest))
      if (damage)
        problems.push(`${digest}: ${damage}; used by ${(await ownersOf(installation, digest)).join(', ') || 'nobody'}`)
    }
    for (const { digest, owner } of await heldReferences(installation))
      if (!stored.has(digest)) problems.push(`${digest} is not there; used by ${owner}`)
    for (const problem of problems) context.out.write(`damaged: ${problem}\n`)
    context.out.write(`${count} blobs of ${bytes} bytes read, ${problems.length} damaged\n`)
    if (problems.length > 0) process.exitCode = 1
  })

async function checkDatabase({ store }: Installation): Promise<string[]> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(store.db)
  return rows.map(row => row.integrity_check).filter(text => text !== 'ok')
}

/** What is wrong with the content; undefined when it is what was put. */
async function readThrough(content: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  try {
    for await (const _ of content);
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const ownersOf = async ({ store }: Installation, digest: string): Promise<string[]> =>
  (await store.db.selectFrom('blob_reference').select('owner').where('digest', '=', digest).execute()).map(
    ({ owner }) => owner,
  )

const heldReferences = ({ store }: Installation) =>
  store.db.selectFrom('blob_reference').select(['digest', 'owner']).where('released', '=', 0).execute()
