import type { Db } from '../store/database.ts'
import type { Manifest } from './manifest.ts'

/** What a referrers list shows of a manifest (OCI Distribution 1.1, Listing Referrers), as JSON text. */
const descriptorOf = ({ mediaType, digest, size, artifactType, annotations }: Manifest): string =>
  JSON.stringify({
    ...{ mediaType, digest, size },
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  })

/** Keeps what the list will show; in the transaction that makes the manifest part of the repository. */
export async function insertReferrer(db: Db, repository: string, manifest: Manifest): Promise<void> {
  if (!manifest.subject) return
  const descriptor = descriptorOf(manifest)
  await db
    .insertInto('ecr_referrer')
    .values({
      ...{ repository, subject: manifest.subject.digest, digest: manifest.digest, descriptor },
      artifact_type: manifest.artifactType,
      descriptor_size: Buffer.byteLength(descriptor),
    })
    .execute()
}

/** The manifests of the repository that refer to this one, which need not be there itself. */
export async function referrersOf(db: Db, repository: string, subject: string): Promise<string[]> {
  const found = db.selectFrom('ecr_referrer').select('digest').where('repository', '=', repository)
  return (await found.where('subject', '=', subject).execute()).map(row => row.digest)
}

export interface ReferrerPage {
  /** JSON texts. */
  readonly descriptors: readonly string[]
  /** Where the next page begins; undefined when there is none. */
  readonly next: string | undefined
}

export interface ReferrerQuery {
  readonly subject: string
  /** Any of these; all when there are none. */
  readonly artifactTypes?: readonly string[] | undefined
  /** Digest that the page before ended with; empty for the first. */
  readonly after: string
  readonly mostItems: number
  /** Of the page's descriptors together; one is given whatever its size. */
  readonly mostBytes: number
}

/** One page in the order of digests. The sizes are read first, so that no more is read than is given. */
export async function referrerPage(db: Db, repository: string, query: ReferrerQuery): Promise<ReferrerPage> {
  const { subject, artifactTypes = [], after, mostItems, mostBytes } = query
  const found = await db
    .selectFrom('ecr_referrer')
    .select(['digest', 'descriptor_size'])
    .where('repository', '=', repository)
    .where('subject', '=', subject)
    .where('digest', '>', after)
    .$if(artifactTypes.length > 0, some => some.where('artifact_type', 'in', artifactTypes))
    .orderBy('digest')
    .limit(mostItems + 1)
    .execute()
  if (found.length === 0) return { descriptors: [], next: undefined }
  const shown = found.slice(0, Math.min(mostItems, fitting(found, mostBytes)))
  const rows = await db
    .selectFrom('ecr_referrer')
    .select('descriptor')
    .where('repository', '=', repository)
    .where('subject', '=', subject)
    .where(
      'digest',
      'in',
      shown.map(row => row.digest),
    )
    .orderBy('digest')
    .execute()
  const next = found.length > shown.length ? shown.at(-1)?.digest : undefined
  return { descriptors: rows.map(row => row.descriptor), next }
}

/** How many of the first items fit, with what separates them; at least one. */
function fitting(items: readonly { readonly descriptor_size: number }[], mostBytes: number): number {
  let bytes = 0
  for (const [position, item] of items.entries()) {
    bytes += item.descriptor_size + 1
    if (bytes > mostBytes) return Math.max(1, position)
  }
  return items.length
}
