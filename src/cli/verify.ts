import { damagedRows } from '../s3/damaged-row.ts'
import { keyText } from '../s3/version-row.ts'
import { ownersOf } from '../store/damage.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { openBlobs } from '../store/open-blobs.ts'
import type { CommandContext } from './command-context.ts'
import type { Installation } from './installation.ts'
import { onInstallation } from './on-installation.ts'

/**
 * `modelmart verify`: reads everything that is stored and says what is not as it was put: the database by SQLite's own check (PostgreSQL has `pg_amcheck`), every blob
 * and every small object by its sums, and references to blobs that are not there. Works beside a running server; exit code 1 when something is damaged.
 */
export const verify = (context: CommandContext): Promise<void> =>
  onInstallation(context, async installation => {
    const { directory, store } = installation
    const problems = [...(await store.damage(serverRuns(directory.lock)))]
    let [count, bytes] = [0, 0]
    const blobs = await openBlobs({ directory, store, objects: context.objects ?? {}, guest: true })
    const stored = new Set<string>()
    for await (const { digest, size } of blobs.list()) {
      stored.add(digest)
      count++
      bytes += size
      const damage = await readThrough(blobs.open(digest))
      if (damage)
        problems.push(`${digest}: ${damage}; used by ${(await usersOf(installation, digest)).join(', ') || 'nobody'}`)
    }
    for (const { digest, owner } of await heldReferences(installation))
      if (!stored.has(digest))
        problems.push(`${digest} is not there; used by ${(await inWords(installation, owner)).join(', ')}`)
    for await (const { bucket, key, digest } of damagedRows(store))
      problems.push(`${digest}: its row holds other content; used by s3://${bucket}/${keyText(key)}`)
    await blobs.close?.()
    for (const problem of problems) context.out.write(`damaged: ${problem}\n`)
    context.out.write(`${count} blobs of ${bytes} bytes read, ${problems.length} damaged\n`)
    if (problems.length > 0) process.exitCode = 1
  })

/** One that starts meanwhile is not kept from it. */
function serverRuns(lock: string): boolean {
  try {
    lockExclusively(lock)()
    return false
  } catch {
    return true
  }
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

async function usersOf(installation: Installation, digest: string): Promise<string[]> {
  const users = await Promise.all(
    (await ownersOf(installation.store, digest)).map(owner => inWords(installation, owner)),
  )
  return users.flat()
}

/** The objects whose content it is, by reading them all: a damaged one is worth it, and this process serves nobody. */
async function inWords({ store }: Installation, owner: string): Promise<string[]> {
  const content = /^s3:(.+)/.exec(owner)?.[1]
  if (content === undefined) return [owner]
  const rows = await store.db
    .selectFrom('s3_version')
    .select(['bucket', 'key'])
    .where('content', '=', content)
    .execute()
  return rows.length > 0 ? rows.map(({ bucket, key }) => `s3://${bucket}/${keyText(key)}`) : [owner]
}

const heldReferences = ({ store }: Installation) =>
  store.db.selectFrom('blob_reference').select(['digest', 'owner']).where('released', '=', 0).execute()
