import { Readable } from 'node:stream'
import { putImage, removeImage, requestScan, requireImage } from '../../src/ecr/image.ts'
import { readManifest, sha256 } from '../../src/ecr/manifest.ts'
import type { Ask } from './ask.ts'
import { repository } from './registry.ts'
import type { World } from './world.ts'

/** Few layers, so that images share them, and one that each has by itself. */
const layers = [11, 12].map(byte => Buffer.alloc(65 * 1024, byte))
const tags = ['one', 'two']

/** A push of an image, layers first, as clients do it; or its end. */
export function push(world: World, number: number, ask: Ask): void {
  const random = world.random.of(`image ${number}`)
  const own = Buffer.from(`{"architecture":"amd64","number":${number}}`)
  const parts = [random.pick(layers), own]
  const tag = random.pick(tags)
  const content = (bytes: Buffer) => ({ digest: sha256(bytes), size: bytes.length })
  const manifest = readManifest(
    Buffer.from(
      JSON.stringify({
        ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' },
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...content(own) },
        layers: parts
          .slice(0, 1)
          .map(bytes => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...content(bytes) })),
      }),
    ),
  )
  ask('push', 'image', `i${number}`, async (ctx, { uploads }) => {
    for (const bytes of parts) await uploads.put(repository, sha256(bytes), Readable.from([bytes]))
    await ctx.store.transaction(tx => putImage(tx, repository, manifest, tag, ctx.now().getTime()))
  })
  if (world.options.scans)
    ask('scan', 'image', `i${number}`, ctx =>
      ctx.store.transaction(async tx => {
        const { digest } = await requireImage(tx.db, repository, { imageTag: tag })
        await requestScan(tx, repository.id, digest, ctx.now().getTime())
      }),
    )
  if (random.chance(0.3))
    ask('remove', 'image', `i${number}`, ctx =>
      ctx.store.transaction(tx => removeImage(tx, repository, manifest.digest)),
    )
}
