import { buffer } from 'node:stream/consumers'
import { clock } from '../ground/clock.ts'
import type { BlobStore } from './blobs.ts'
import type { Bucket, BucketKeys } from './bucket.ts'
import { type BucketPlace, nameOfPlace, parseBucketUrl } from './bucket-url.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Db } from './database.ts'
import { openFileBlobs } from './file-blobs.ts'
import type { Store } from './store.ts'

/** Where content is said to be. */
export interface ObjectsOptions {
  /** `s3://…`; as the installation remembers when absent, and files of the data directory when it remembers none. */
  readonly url?: string | undefined
  readonly keys?: BucketKeys | undefined
  /** The most that files of this machine may hold of it besides, in bytes. */
  readonly cacheBytes?: number | undefined
  /** Whether clients may be sent to the bucket. */
  readonly links?: boolean | undefined
}

export interface OpenBlobsOptions {
  readonly directory: DataDirectory
  readonly store: Store
  readonly objects: ObjectsOptions
  /** To read beside the server, and past what it keeps on its machine. */
  readonly guest?: boolean
}

const usualCacheBytes = 10 * 1024 ** 3

/**
 * Opens the content of an installation, which remembers where it is. Throws an Error where it is somewhere else already, and where the
 * place is another installation's.
 */
export async function openBlobs({ directory, store, objects, guest = false }: OpenBlobsOptions): Promise<BlobStore> {
  const url = await placeOf(store.db, objects.url)
  if (url === undefined) return openFileBlobs(directory.blobs, { guest })
  const opened = await openBucketBlobs(directory, parseBucketUrl(url), { objects, store, guest })
  try {
    await claim(opened.bucket, await installationOf(store.db), guest)
    if (!guest) await remember(store, url)
  } catch (error) {
    opened.bucket.close()
    throw error
  }
  return opened.blobs
}

/** Blobs in a bucket that nobody has claimed: to be filled with those of a backup. Throws an Error when somebody has. */
export async function openUnclaimedBlobs(directory: DataDirectory, objects: ObjectsOptions & { readonly url: string }) {
  const { blobs, bucket } = await openBucketBlobs(directory, parseBucketUrl(objects.url), { objects, guest: false })
  if ((await ownerOf(bucket)) === undefined) return blobs
  bucket.close()
  throw new Error(`${bucket.name} has an installation already. Give --objects another place.`)
}

interface Opening {
  readonly objects: ObjectsOptions
  /** Without one nobody else may be at the bucket. */
  readonly store?: Store
  readonly guest: boolean
}

async function openBucketBlobs(directory: DataDirectory, place: BucketPlace, { objects, store, guest }: Opening) {
  // Not with the others: who has content in files has no use for them.
  const [{ openBucket }, { createS3Blobs }, { bucketMarks, noMarks }, { openBlobCache }] = await Promise.all([
    import('./bucket.ts'),
    import('./s3-blobs.ts'),
    import('./bucket-marks.ts'),
    import('./blob-cache.ts'),
  ])
  const bucket = openBucket({ place, keys: objects.keys })
  const cache = await openBlobCache(directory.cache, objects.cacheBytes ?? usualCacheBytes, guest)
  const marks = store ? bucketMarks(store) : noMarks
  const blobs = createS3Blobs({ bucket, marks, cache, past: guest ? 'cache' : undefined, links: objects.links })
  const close = async () => bucket.close()
  return { bucket, blobs: { ...blobs, problem: seldom(() => problemOf(bucket)), close } }
}

/** Of the place: which installation's it is. */
const ownerKey = 'installation'
/** Longer ones are nobody's name, and not read. */
const longestOwner = 1024

async function ownerOf(bucket: Bucket): Promise<string | undefined> {
  const found = await bucket.read(ownerKey)
  if (!found || found === 'beyond') return undefined
  if (found.size <= longestOwner) return (await buffer(found.body)).toString()
  found.body.destroy()
  throw new Error(
    `${bucket.name} has an object ${ownerKey} of ${found.size} bytes, which no installation has put there.`,
  )
}

/** Two that collect what they do not know would remove the content of one another. */
async function claim(bucket: Bucket, installation: string, guest: boolean): Promise<void> {
  if ((await ownerOf(bucket)) === undefined) {
    if (guest) throw new Error(`${bucket.name} has no installation.`)
    await bucket.put(ownerKey, Buffer.from(installation), true).catch(error => {
      // Somebody was first: whose it is now is asked again.
      if (error.reason !== 'PreconditionFailed') throw error
    })
  }
  const owner = await ownerOf(bucket)
  if (owner !== installation)
    throw new Error(`${bucket.name} is of another installation, ${owner}. Give --objects another place.`)
}

const longestMs = 4000

async function problemOf(bucket: Bucket): Promise<string | undefined> {
  const late = async () => {
    await clock.sleep(longestMs)
    return `${bucket.name} does not answer.`
  }
  const asked = ownerOf(bucket).then(
    owner => (owner === undefined ? `${bucket.name} has lost the name of its installation.` : undefined),
    (error: Error) => error.message,
  )
  return Promise.race([asked, late()])
}

const askedAgainMs = 5000

/** One question every few seconds, whoever asks. */
function seldom(ask: () => Promise<string | undefined>): () => Promise<string | undefined> {
  let last: { readonly at: number; readonly answer: Promise<string | undefined> } | undefined
  return () => {
    if (!last || clock.elapsed() - last.at > askedAgainMs) last = { at: clock.elapsed(), answer: ask() }
    return last.answer
  }
}

/** The name of the row that remembers the URL. */
export const placeSetting = 'objects'

const settingOf = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst())?.value

const installationOf = async (db: Db): Promise<string> => (await settingOf(db, 'installation')) ?? ''

/** `s3://…` of the content of an installation; undefined where it is in files of its data directory. */
export async function placeOf(db: Db, given: string | undefined): Promise<string | undefined> {
  const remembered = await settingOf(db, placeSetting)
  if (given === undefined || remembered === given) return remembered
  if (remembered !== undefined && samePlace(remembered, given)) return given
  if (remembered !== undefined)
    throw new Error(`The installation has its content in ${nameOfPlace(parseBucketUrl(remembered))}, not there.`)
  const held = await db.selectFrom('blob_reference').select('digest').limit(1).executeTakeFirst()
  if (held)
    throw new Error(
      'The installation has its content in files of its data directory. A backup that is restored with --objects moves it.',
    )
  return given
}

/** Keys are never in it. */
async function remember({ db }: Store, value: string): Promise<void> {
  await db
    .insertInto('setting')
    .values({ name: placeSetting, value })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

function samePlace(one: string, other: string): boolean {
  const [first, second] = [parseBucketUrl(one), parseBucketUrl(other)]
  return nameOfPlace(first) === nameOfPlace(second)
}
