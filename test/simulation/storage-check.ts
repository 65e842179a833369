import { clock } from '../../src/ground/clock.ts'
import { passing } from './bucket.ts'
import { checkRegistry } from './registry-check.ts'
import { checkUploads } from './upload-check.ts'
import type { World } from './world.ts'

/** Each version has its content; days after the last of it, what expires is gone, and no content is left that nobody has. */
export async function checkStorage(world: World): Promise<void> {
  const {
    store,
    violations,
    blobs,
    clock: { passed },
  } = world
  const versions = await store.db
    .selectFrom('s3_version')
    .select(['key', 'digest', 'delete_marker', 'content', 'parts', 'size'])
    .execute()
  const named = await checkRegistry(world)
  await checkUploads(world, versions, named)
  for (const { key, digest, delete_marker, parts } of versions) {
    const name = Buffer.from(key).toString()
    if (name.startsWith(passing)) violations.push(`${name} has not expired`)
    if (delete_marker === 0 && parts === 0 && !blobs.has(digest)) violations.push(`${name} has lost its content`)
    named.add(digest)
  }
  for (const digest of blobs.keys())
    if (!named.has(digest)) violations.push(`the content ${digest.slice(0, 15)} is left, at ${passed} ${clock.now()}`)
}
