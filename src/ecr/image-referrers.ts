import type { ImageReferrer } from '@aws-sdk/client-ecr'
import { ecrErrors } from './ecr-errors.ts'
import { type Op, pageOf } from './ecr-operation.ts'
import { isSha256 } from './manifest.ts'
import { referrerPage } from './referrer.ts'
import { addressOf, requireRepository } from './repository.ts'

/** Of one answer's descriptors together, in bytes. */
const mostBytes = 4 << 20

/** What the registry's referrers list shows as well, by digest; a subject that is not there has none. */
export const listImageReferrers: Op<'ListImageReferrers'> = async (input, ctx) => {
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  const subject = input.subjectId.imageDigest
  if (!isSha256(subject))
    throw ecrErrors.invalidParameter('subjectId.imageDigest', `'${subject}' is not a sha256 digest`)
  const { artifactTypes, artifactStatus = 'ACTIVE' } = input.filter ?? {}
  const listing = [repository.id, subject, artifactTypes, artifactStatus]
  const page = pageOf(ctx, 'ListImageReferrers', { ...input, maxResults: input.maxResults ?? 50 }, listing)
  // Images are never archived here.
  if (!['ACTIVE', 'ANY'].includes(artifactStatus)) return { referrers: [] }
  const query = { subject, artifactTypes, after: page.after, mostItems: page.limit, mostBytes }
  const { descriptors, next } = await referrerPage(ctx.store.db, repository.id, query)
  const referrers = descriptors.map(text => ({
    ...(JSON.parse(text) as ImageReferrer),
    artifactStatus: 'ACTIVE' as const,
  }))
  return { referrers, nextToken: next && page.token(next) }
}
