import type { World } from './world.ts'

/** Each image has all that it consists of; days after the last push, what has no tag has expired. Tells which contents images have. */
export async function checkRegistry({ store, violations, blobs }: World): Promise<Set<string>> {
  const images = await store.db
    .selectFrom('ecr_repository_manifest as there')
    .leftJoin('ecr_tag as tag', 'tag.digest', 'there.digest')
    .select(['there.digest', 'tag.tag'])
    .execute()
  const parts = await store.db.selectFrom('ecr_manifest_child').select(['manifest', 'child']).execute()
  const named = new Set<string>()
  for (const { digest, tag } of images) {
    if (tag === null) violations.push(`the image ${digest.slice(0, 15)} has no tag and has not expired`)
    for (const { child } of parts.filter(({ manifest }) => manifest === digest)) {
      named.add(child)
      if (!blobs.has(child)) violations.push(`the image ${digest.slice(0, 15)} has lost ${child.slice(0, 15)}`)
    }
  }
  const tagged = await store.db.selectFrom('ecr_tag').select(['tag', 'digest']).execute()
  for (const { tag, digest } of tagged)
    if (!images.some(image => image.digest === digest)) violations.push(`the tag ${tag} has lost its image`)
  return named
}
