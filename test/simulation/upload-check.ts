import type { World } from './world.ts'

interface Version {
  readonly key: Uint8Array
  readonly content: string
  readonly parts: number
  readonly size: number
}

/** An upload is the object, with every part that it names, or nothing. Adds the contents of parts to those that are named. */
export async function checkUploads(world: World, versions: readonly Version[], named: Set<string>): Promise<void> {
  const { store, violations, blobs, completed } = world
  const parts = await store.db.selectFrom('s3_part').select(['content', 'digest', 'size']).execute()
  for (const { key, content, parts: count, size } of versions.filter(version => version.parts > 0)) {
    const own = parts.filter(part => part.content === content)
    const bytes = own.reduce((sum, part) => sum + Number(part.size), 0)
    if (own.length !== count || bytes !== Number(size) || own.some(({ digest }) => !blobs.has(digest)))
      violations.push(`${Buffer.from(key)} has lost a part`)
  }
  for (const [key, content] of completed)
    if (!versions.some(version => version.content === content && version.parts > 0))
      violations.push(`the upload of ${key} was completed and is not there`)
  for (const { content, digest } of parts) {
    if (versions.some(version => version.content === content)) named.add(digest)
    else violations.push(`a part of the upload ${content} is left`)
  }
  const open = await store.db.selectFrom('s3_upload').select('id').execute()
  for (const { id } of open) violations.push(`the upload ${id} is left`)
}
