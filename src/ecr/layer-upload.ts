import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ByteStream } from '../ground/body.ts'
import { randomness } from '../ground/randomness.ts'
import { reference, release } from '../store/blob-references.ts'
import { BlobError, type BlobInfo, type BlobStore } from '../store/blobs.ts'
import type { EcrUploadTable } from '../store/schema/ecr-tables.ts'
import type { Store } from '../store/store.ts'
import { ecrErrors } from './ecr-errors.ts'
import { linkLayer } from './layer.ts'
import { type Repository, uploadOwner } from './repository.ts'
import { writeStagedFile } from './staged-file.ts'

export type LayerUpload = EcrUploadTable

/** Bytes as they arrive, and where the client says they belong: both offsets in bytes, the end inclusive. */
export interface LayerPart {
  readonly body: ByteStream
  readonly range?: { readonly start: number; readonly end: number }
}

/**
 * Layers on their way in. What `received` counts is on the disk and survives a restart.
 * - A part without a range is taken to be the whole layer, as docker, podman and skopeo send it: it becomes a blob while it streams,
 *   so its bytes are written once. If it breaks off, nothing of it is kept.
 * - Parts with ranges are staged in a file and become a blob at the end. What arrived of a part that breaks off is kept.
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
  /** Forgets uploads that nobody has touched since then, and staged files without an upload. */
  sweep(touchedBefore: Date): Promise<void>
}

export interface LayerUploadParts {
  readonly store: Store
  readonly blobs: BlobStore
  /** Absolute; made when absent. Replicas that share a store must share it. */
  readonly directory: string
  readonly now: () => Date
}

/** The smallest part but the last that the API's CompleteLayerUpload accepts, in bytes. */
const smallestPart = 5 << 20

export async function openLayerUploads({ store, blobs, directory, now }: LayerUploadParts): Promise<LayerUploads> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const busy = new Set<string>()
  const staged = (id: string): string => join(directory, id)

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
    if (!found) throw ecrErrors.uploadNotFound(repository, id)
    return found
  }

  async function update(
    repository: Repository,
    upload: LayerUpload,
    change: Partial<LayerUpload>,
  ): Promise<LayerUpload> {
    const next = { ...upload, ...change, touched: now().getTime() }
    await store.transaction(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('ecr_upload')
        .set(next)
        .where('id', '=', upload.id)
        .where('received', '=', upload.received)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n) throw ecrErrors.uploadNotFound(repository, upload.id)
      if (next.blob) await reference(db, next.blob, uploadOwner(upload.id))
      else await release(db, uploadOwner(upload.id))
    })
    return next
  }

  async function streamIntoBlob(repository: Repository, upload: LayerUpload, body: LayerPart['body']) {
    const info = await blobs.put(body)
    return update(repository, upload, {
      received: info.size,
      blob: info.size > 0 ? info.digest : '',
      last_part: info.size,
    })
  }

  /** A layer that came as one stream goes on in parts after all. */
  async function unpackBlob(upload: LayerUpload): Promise<void> {
    if (!upload.blob) return
    const { error } = await writeStagedFile(staged(upload.id), 0, blobs.open(upload.blob))
    if (error) throw error
  }

  async function stage(repository: Repository, upload: LayerUpload, part: LayerPart): Promise<LayerUpload> {
    await unpackBlob(upload)
    const { written, error } = await writeStagedFile(staged(upload.id), upload.received, part.body)
    const announced = part.range && part.range.end - part.range.start + 1
    if (!error && announced !== undefined && announced !== written)
      throw ecrErrors.invalidLayerPart(
        repository,
        upload.id,
        upload.received,
        `The part was announced to have ${announced} bytes and has ${written}`,
      )
    const small = upload.received > 0 && upload.last_part < smallestPart
    const next = await update(repository, upload, {
      received: upload.received + written,
      blob: '',
      last_part: written,
      part_too_small: small ? 1 : upload.part_too_small,
    })
    if (error) throw error
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
    return stage(repository, upload, part)
  }

  async function storeExpected(body: ByteStream, digest: string): Promise<BlobInfo> {
    return blobs.put(body, { digest }).catch(error => {
      throw error instanceof BlobError && error.code === 'DigestMismatch'
        ? ecrErrors.invalidLayer(error.message)
        : error
    })
  }

  async function contentOf(upload: LayerUpload, digest: string): Promise<BlobInfo> {
    const { received, blob } = upload
    if (blob && blob !== digest)
      throw ecrErrors.invalidLayer(`Content was announced as ${digest} and is ${blob}, ${received} bytes.`)
    if (blob) return { digest, size: received }
    return storeExpected(received > 0 ? createReadStream(staged(upload.id), { end: received - 1 }) : nothing(), digest)
  }

  async function remove(repository: Repository, id: string, link?: BlobInfo): Promise<void> {
    await store.transaction(async ({ db }) => {
      // Also gone when the repository was deleted meanwhile: its upload rows went with it.
      const { numDeletedRows } = await db.deleteFrom('ecr_upload').where('id', '=', id).executeTakeFirst()
      if (numDeletedRows !== 1n) throw ecrErrors.uploadNotFound(repository, id)
      if (link) await linkLayer(db, repository.id, link, now().getTime())
      await release(db, uploadOwner(id))
    })
    await rm(staged(id), { force: true })
  }

  return {
    async begin(repository) {
      const touched = now().getTime()
      const upload = {
        id: randomness.uuid(),
        repository: repository.id,
        received: 0,
        blob: '',
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
          await release(db, uploadOwner(id))
          await db.deleteFrom('ecr_upload').where('id', '=', id).execute()
        }
      })
      const files = await readdir(directory)
      const known = new Set((await store.db.selectFrom('ecr_upload').select('id').execute()).map(row => row.id))
      for (const name of files.filter(name => !known.has(name))) await rm(join(directory, name), { force: true })
    },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
