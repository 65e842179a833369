import { ecrErrors, type ImageId } from './ecr-errors.ts'
import { type Op, pageOf } from './ecr-operation.ts'
import { ruledImages } from './lifecycle-images.ts'
import { evaluateRules, readLifecyclePolicy } from './lifecycle-rules.ts'
import { addressOf, requireRepository } from './repository.ts'

/** One image that the policy would expire; `pushed` in milliseconds. */
interface Result {
  readonly digest: string
  readonly tags: readonly string[]
  readonly pushed: number
  readonly rulePriority: number
}

/** Tries a policy, or the repository's own, on what is there now, and changes nothing. What it would expire is kept until the next try. */
export const startLifecyclePolicyPreview: Op<'StartLifecyclePolicyPreview'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const policy = input.lifecyclePolicyText ?? repository.lifecycle_policy
  if (!policy) throw ecrErrors.lifecyclePolicyNotFound(repository)
  const rules = readLifecyclePolicy(policy)
  await ctx.store.transaction(async ({ db }) => {
    const images = await ruledImages(db, repository.id)
    const { expired } = evaluateRules(rules, images, ctx.now().getTime())
    const results: Result[] = images.flatMap(image => {
      const rulePriority = expired.get(image.digest)
      return rulePriority === undefined ? [] : [{ ...image, rulePriority }]
    })
    results.sort((a, b) => b.pushed - a.pushed || (a.digest < b.digest ? -1 : 1))
    const row = { policy, results: JSON.stringify(results) }
    await db
      .insertInto('ecr_lifecycle_preview')
      .values({ repository: repository.id, ...row })
      .onConflict(conflict => conflict.column('repository').doUpdateSet(row))
      .execute()
  })
  const { account: registryId, name: repositoryName } = repository
  return { registryId, repositoryName, lifecyclePolicyText: policy, status: 'IN_PROGRESS' }
}

export const getLifecyclePolicyPreview: Op<'GetLifecyclePolicyPreview'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const { imageIds, filter } = input
  if (imageIds && (input.maxResults !== undefined || input.nextToken !== undefined))
    throw ecrErrors.invalidParameter('maxResults', 'pages cannot be asked for together with imageIds')
  const kept = ctx.store.db.selectFrom('ecr_lifecycle_preview').selectAll().where('repository', '=', repository.id)
  const preview = await kept.executeTakeFirst()
  if (!preview) throw ecrErrors.lifecyclePreviewNotFound(repository)
  const all: Result[] = JSON.parse(preview.results)
  const wanted = all.filter(result => isWanted(result, imageIds, filter?.tagStatus))
  const page = pageOf(ctx, 'GetLifecyclePolicyPreview', input, [repository.id, preview.policy, filter])
  const start = Number(page.after)
  const shown = imageIds ? wanted : wanted.slice(start, start + page.limit)
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    lifecyclePolicyText: preview.policy,
    status: 'COMPLETE',
    previewResults: shown.map(({ digest, tags, pushed, rulePriority }) => ({
      ...(tags.length > 0 && { imageTags: [...tags] }),
      imageDigest: digest,
      imagePushedAt: new Date(pushed),
      action: { type: 'EXPIRE' as const },
      appliedRulePriority: rulePriority,
    })),
    summary: { expiringImageTotalCount: all.length },
    nextToken: imageIds ? undefined : page.next(wanted.length - start, () => String(start + page.limit)),
  }
}

function isWanted({ digest, tags }: Result, ids: readonly ImageId[] | undefined, status: string | undefined): boolean {
  if (status === 'TAGGED' && tags.length === 0) return false
  if (status === 'UNTAGGED' && tags.length > 0) return false
  return (
    !ids ||
    ids.some(
      ({ imageDigest, imageTag }) =>
        (imageDigest === undefined || imageDigest === digest) && (imageTag === undefined || tags.includes(imageTag)),
    )
  )
}
