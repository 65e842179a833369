import type { Logger } from 'pino'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { BlobError, type BlobStore } from './blobs.ts'
import type { Store } from './store.ts'

/**
 * The same store, whose damage is told in the log: once for each digest, with what was read and who else uses it. Content that nobody
 * holds any more is no damage when it is gone.
 */
export function tellingDamage(blobs: BlobStore, store: Pick<Store, 'db'>, log: Logger): BlobStore {
  // What was told once is told again only when it has been forgotten.
  const told = createBoundedCache<string, true>(digest => digest.length)

  async function tell(digest: string, problem: string, of: string | undefined): Promise<void> {
    if (told.get(digest)) return
    told.set(digest, true)
    const usedBy = await ownersOf(store, digest)
    if (usedBy.length > 0 || of) log.error({ digest, of, usedBy, problem }, words)
    else told.delete(digest)
  }

  function note(error: unknown, digest: string, of: string | undefined): void {
    if (!(error instanceof BlobError) || error.code === 'DigestMismatch') return
    tell(digest, error.message, of).catch(err => log.error({ err, digest }, words))
  }

  return {
    ...blobs,
    open(digest, range, of) {
      const content = blobs.open(digest, range)
      content.once('error', error => note(error, digest, of))
      return content
    },
    async materialize(digest, path, readOnly, of) {
      try {
        await blobs.materialize(digest, path, readOnly)
      } catch (error) {
        note(error, digest, of)
        throw error
      }
    },
    noteDamage: (digest, problem, of) => void tell(digest, problem, of),
  }
}

const words = 'stored content is damaged, and answered with an error; `modelmart verify` finds all that is'

/** Who holds a blob, as `blob_reference` names them. */
export const ownersOf = async ({ db }: Pick<Store, 'db'>, digest: string): Promise<string[]> =>
  (
    await db
      .selectFrom('blob_reference')
      .select('owner')
      .where('digest', '=', digest)
      .where('released', '=', 0)
      .orderBy('owner')
      .limit(20)
      .execute()
  ).map(({ owner }) => owner)
