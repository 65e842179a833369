import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from '../../src/s3/multipart-upload.ts'
import type { S3Context } from '../../src/s3/s3-operation.ts'
import { uploadPart } from '../../src/s3/upload-part.ts'
import type { Context } from '../../src/service/context.ts'
import type { Ask } from './ask.ts'
import { bucket } from './bucket.ts'
import { rootSecret } from './server.ts'
import { contents } from './storage-story.ts'
import { worker } from './stubs.ts'
import type { World } from './world.ts'

const asWorker = (ctx: Context): S3Context => ({
  ...ctx,
  principal: worker,
  keys: { rootSecret } as never,
  checkPolicy() {},
})

/** An upload in parts, of which the object has the second alone; a client that hears nothing completes it again, or gives it up. */
export function upload(world: World, number: number, ask: Ask): void {
  const random = world.random.of(`upload ${number}`)
  const Key = `kept/parts${number}`
  const body = random.pick(contents)
  const known: { id?: string; etag?: string } = {}
  const send = async (ctx: S3Context, PartNumber: number, Body: Buffer) => {
    const named = { Bucket: bucket, Key, UploadId: known.id as string }
    return uploadPart({ ...named, PartNumber, Body } as never, ctx)
  }
  const complete = async (ctx: S3Context) => {
    const MultipartUpload = { Parts: [{ PartNumber: 2, ETag: known.etag as string }] }
    await completeMultipartUpload({ Bucket: bucket, Key, UploadId: known.id as string, MultipartUpload }, ctx)
    world.completed.set(Key, known.id as string)
  }
  ask('upload', 'object', Key, async given => {
    const ctx = asWorker(given)
    known.id = (await createMultipartUpload({ Bucket: bucket, Key }, ctx)).UploadId as string
    await send(ctx, 1, Buffer.alloc(100, number))
    known.etag = (await send(ctx, 2, body)).ETag as string
    if (random.chance(0.5)) await complete(ctx)
  })
  ask('complete', 'object', Key, async given => {
    if (known.etag) await complete(asWorker(given))
  })
  if (random.chance(0.4))
    ask('abort', 'object', Key, async given => {
      if (known.id) await abortMultipartUpload({ Bucket: bucket, Key, UploadId: known.id }, asWorker(given))
    })
}
