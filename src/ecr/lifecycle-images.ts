import type { Db } from '../store/database.ts'
import type { RuledImage } from './lifecycle-rules.ts'

/** Everything that may expire: neither part of an index nor referring to an image that is there. */
export async function ruledImages(db: Db, repository: string): Promise<RuledImage[]> {
  const images = await db
    .selectFrom('ecr_repository_manifest as image')
    .innerJoin('ecr_manifest as manifest', 'manifest.digest', 'image.digest')
    .select(['image.digest', 'image.pushed', 'manifest.subject'])
    .where('image.repository', '=', repository)
    .execute()
  const parts = await db
    .selectFrom('ecr_manifest_child as part')
    .innerJoin('ecr_repository_manifest as parent', 'parent.digest', 'part.manifest')
    .select('part.child')
    .where('parent.repository', '=', repository)
    .where('part.kind', '=', 'manifest')
    .execute()
  const ofRepository = db.selectFrom('ecr_tag').select(['digest', 'tag']).where('repository', '=', repository)
  const tags = await ofRepository.orderBy('tag').execute()
  const there = new Set(images.map(image => image.digest))
  const needed = new Set(parts.map(part => part.child))
  const tagsByDigest = Object.groupBy(tags, row => row.digest)
  return images
    .filter(image => !needed.has(image.digest) && !there.has(image.subject))
    .map(({ digest, pushed }) => ({ digest, pushed, tags: (tagsByDigest[digest] ?? []).map(row => row.tag) }))
}
