import type { ByteStream } from '../ground/body.ts'
import { randomness } from '../ground/randomness.ts'
import { reference, release } from '../store/blob-references.ts'
import { BlobError, type BlobInfo, type BlobStore } from '../store/blobs.ts'
import type { Db } from '../store/database.ts'
import type { EcrUploadTable } from '../store/schema/ecr-tables.ts'
import type { Store } from '../store/store.ts'
import { ecrErrors } from './ecr-errors.ts'
import { linkLayer, requireStorage } from './layer.ts'
import { type Repository, uploadOwner } from './repository.ts'

export type LayerUpload = EcrUploadTable

/** Bytes as they arrive, and where the client says they belong: both offsets in bytes, the end inclusive. */
export interface LayerPart {
  readonly body: ByteStream
  readonly range?: { readonly start: number; readonly end: number }
}

/**
 * Layers on their way in. What `received` counts is stored, survives a restart, and goes on at any server of the database.
 * - A part without a range is taken to be the whole layer, as docker, podman and skopeo send it. If it breaks off, nothing of it is kept.
 * - What arrived of a part with a range that breaks off is kept.
 * Each part is a blob while it streams; a layer of one part is that blob, so its bytes are written once.
 */
export interface LayerUploads {
  begin(repository: Repository): Promise<LayerUpload>
  /** Throws UploadNotFoundException. */
  find(repository: Repository, id: string): Promise<LayerUpload>
  /** Throws InvalidLayerPartException when the part does not begin where the last one ended; UploadBusy while another is sent. */
  append(repository: Repository, id: string, part: LayerPart): Promise<LayerUpload>
  /** The layer is in the repository when this resolves. Throws InvalidLayerException when the content is not `digest`. */
  finish(repository: Repository, id: string, digest: string, last?: LayerPart): Promise<BlobInfo>
  /** A layer in one request. */
  put(repository: Repository, digest: string, body: ByteStream): Promise<BlobInfo>
  cancel(repository: Repository, id: string): Promise<void>
  /** Forgets uploads that nobody has touched since then. */
  sweep(touchedBefore: Date): Promise<void>
}

export interface LayerUploadParts {
  readonly store: Store
  readonly blobs: BlobStore
  readonly now: () => Date
}

/** The smallest part but the last that the API's CompleteLayerUpload accepts, in bytes. */
const smallestPart = 5 << 20

export function createLayerUploads({ store, blobs, now }: LayerUploadParts): LayerUploads {
  const busy = new Set<string>()

  async function exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(id)) throw ecrErrors.uploadBusy(id)
    busy.add(id)
    try {
      return await work()
    } finally {
      busy.delete(id)
    }
  }

  async function find(repository: Repository, id: string): Promise<LayerUpload> {
    const found = await store.db
      .selectFrom('ecr_upload')
      .selectAll()
      .where('id', '=', id)
      .where('repository', '=', repository.id)
      .executeTakeFirst()
    if (!found) throw gone(repository, id)
    return found
  }

  /** Nobody else may have sent a part meanwhile, by whichever server. */
  async function update(
    repository: Repository,
    upload: LayerUpload,
    part: BlobInfo,
    change: Partial<LayerUpload> = {},
  ): Promise<LayerUpload> {
    const received = upload.received + part.size
    const next = { ...upload, ...change, received, last_part: part.size, touched: now().getTime() }
    await store.transaction(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('ecr_upload')
        .set(next)
        .where('id', '=', upload.id)
        .where('received', '=', upload.received)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n)
        throw (await exists(db, upload.id)) ? ecrErrors.uploadBusy(upload.id) : gone(repository, upload.id)
      if (part.size === 0) return
      const { digest, size } = part
      await db
        .insertInto('ecr_upload_part')
        .values({ upload: upload.id, start: upload.received, digest, size })
        .execute()
      await reference(db, digest, uploadOwner(upload.id))
      await requireStorage(db, repository, 'after')
    })
    return next
  }

  const streamIntoBlob = async (repository: Repository, upload: LayerUpload, body: LayerPart['body']) =>
    update(repository, upload, await blobs.put(body))

  async function addPart(repository: Repository, upload: LayerUpload, part: LayerPart): Promise<LayerUpload> {
    const came = whatComes(part.body)
    const info = await blobs.put(came.body)
    const announced = part.range && part.range.end - part.range.start + 1
    if (!came.failure && announced !== undefined && announced !== info.size)
      throw ecrErrors.invalidLayerPart(
        repository,
        upload.id,
        upload.received,
        `The part was announced to have ${announced} bytes and has ${info.size}`,
      )
    const small = upload.received > 0 && upload.last_part < smallestPart
    const next = await update(repository, upload, info, { part_too_small: small ? 1 : upload.part_too_small })
    if (came.failure) throw came.failure.error
    return next
  }

  async function appendTo(repository: Repository, upload: LayerUpload, part: LayerPart): Promise<LayerUpload> {
    if (part.range && part.range.start !== upload.received)
      throw ecrErrors.invalidLayerPart(
        repository,
        upload.id,
        upload.received,
        `The part begins at byte ${part.range.start}; the next byte of the upload is ${upload.received}`,
      )
    if (upload.received === 0 && !part.range) return streamIntoBlob(repository, upload, part.body)
    return addPart(repository, upload, part)
  }

  async function storeExpected(body: ByteStream, digest: string): Promise<BlobInfo> {
    return blobs.put(body, { digest }).catch(error => {
      throw error instanceof BlobError && error.code === 'DigestMismatch'
        ? ecrErrors.invalidLayer(error.message)
        : error
    })
  }

  async function contentOf({ id, received }: LayerUpload, digest: string): Promise<BlobInfo> {
    const parts = await store.db
      .selectFrom('ecr_upload_part')
      .select(['digest', 'size'])
      .where('upload', '=', id)
      .orderBy('start')
      .execute()
    const [first, second] = parts
    if (!first || second) return storeExpected(joined(parts.map(part => blobs.open(part.digest))), digest)
    if (first.digest === digest) return { digest, size: received }
    throw ecrErrors.invalidLayer(`Content was announced as ${digest} and is ${first.digest}, ${received} bytes.`)
  }

  async function remove(repository: Repository, id: string, link?: BlobInfo): Promise<void> {
    await store.transaction(async ({ db }) => {
      // Also gone when the repository was deleted meanwhile: its upload rows went with it.
      const { numDeletedRows } = await db.deleteFrom('ecr_upload').where('id', '=', id).executeTakeFirst()
      if (numDeletedRows !== 1n) throw gone(repository, id)
      await removeParts(db, id)
      if (link) {
        await linkLayer(db, repository.id, link, now().getTime())
        await requireStorage(db, repository, 'after')
      }
      await release(db, uploadOwner(id))
    })
  }

  return {
    async begin(repository) {
      await requireStorage(store.db, repository, 'before')
      const touched = now().getTime()
      const upload = {
        id: randomness.uuid(),
        repository: repository.id,
        received: 0,
        last_part: 0,
        part_too_small: 0,
        touched,
      }
      await store.db.insertInto('ecr_upload').values(upload).execute()
      return upload
    },
    find,
    append: (repository, id, part) =>
      exclusively(id, async () => appendTo(repository, await find(repository, id), part)),
    finish: (repository, id, digest, last) =>
      exclusively(id, async () => {
        const upload = await find(repository, id)
        const direct = last !== undefined && upload.received === 0 && !last.range
        const info = direct
          ? await storeExpected(last.body, digest)
          : await contentOf(last ? await appendTo(repository, upload, last) : upload, digest)
        await remove(repository, id, info)
        return info
      }),
    async put(repository, digest, body) {
      const info = await storeExpected(body, digest)
      await store.transaction(async ({ db }) => {
        const there = await db
          .selectFrom('ecr_repository')
          .select('id')
          .where('id', '=', repository.id)
          .executeTakeFirst()
        if (!there) throw ecrErrors.repositoryNotFound(repository)
        await linkLayer(db, repository.id, info, now().getTime())
        await requireStorage(db, repository, 'after')
      })
      return info
    },
    cancel: (repository, id) =>
      exclusively(id, async () => {
        await find(repository, id)
        await remove(repository, id)
      }),
    async sweep(touchedBefore) {
      await store.transaction(async ({ db }) => {
        const stale = await db
          .selectFrom('ecr_upload')
          .select('id')
          .where('touched', '<', touchedBefore.getTime())
          .execute()
        for (const { id } of stale.filter(({ id }) => !busy.has(id))) {
          await removeParts(db, id)
          await release(db, uploadOwner(id))
          await db.deleteFrom('ecr_upload').where('id', '=', id).execute()
        }
      })
    },
  }
}

const exists = async (db: Db, id: string): Promise<boolean> =>
  (await db.selectFrom('ecr_upload').select('id').where('id', '=', id).executeTakeFirst()) !== undefined

const gone = (repository: Repository, id: string) => ecrErrors.uploadNotFound(repository, id)

/** Their content is released with the upload. */
export const removeParts = (db: Db, upload: string) =>
  db.deleteFrom('ecr_upload_part').where('upload', '=', upload).execute()

/** A stream that ends where another one breaks off, and why that was. */
function whatComes(source: ByteStream) {
  const came: { body: ByteStream; failure?: { readonly error: unknown } } = {
    body: Object.assign(all(), { release: source.release }),
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* source
    } catch (error) {
      came.failure = { error }
    }
  }
  return came
}

async function* joined(streams: readonly ByteStream[]): AsyncGenerator<Uint8Array> {
  for (const stream of streams) yield* stream
}
