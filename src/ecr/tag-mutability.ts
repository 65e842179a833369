import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { addressOf, type Repository, requireRepository } from './repository.ts'

type Filters = readonly { readonly filterType: string; readonly filter: string }[]

/** The columns for a mutability and its exclusions. Exclusions belong to the `…_WITH_EXCLUSION` settings and are required there. */
export function readMutability(
  mutability: string,
  filters: Filters | undefined,
): Pick<Repository, 'tag_mutability' | 'mutability_exclusions'> {
  const withExclusion = mutability.endsWith('_WITH_EXCLUSION')
  if (withExclusion !== (filters !== undefined))
    throw ecrErrors.invalidParameter(
      'imageTagMutabilityExclusionFilters',
      withExclusion ? `${mutability} needs exclusion filters` : `${mutability} takes no exclusion filters`,
    )
  return {
    tag_mutability: mutability,
    mutability_exclusions: JSON.stringify((filters ?? []).map(({ filter }) => filter)),
  }
}

/** Whether the tag, once there, may not move to another image. */
export function isImmutable(repository: Repository, tag: string): boolean {
  const excluded = (JSON.parse(repository.mutability_exclusions) as string[]).some(filter =>
    matchesWildcard(filter, tag),
  )
  return repository.tag_mutability.startsWith('IMMUTABLE') !== excluded
}

/** `*` stands for any characters, also none. Walks without backtracking, since sellers choose both pattern and text. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return text === pattern
  const last = pieces.at(-1) ?? ''
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let position = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position)
    if (found < 0) return false
    position = found + piece.length
  }
  return position <= text.length - last.length
}

export const putImageTagMutability: Op<'PutImageTagMutability'> = async (input, ctx) => {
  const change = readMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters)
  const found = await requireRepository(ctx.store.db, addressOf(ctx, input))
  await ctx.store.db.updateTable('ecr_repository').set(change).where('id', '=', found.id).execute()
  return {
    registryId: found.account,
    repositoryName: found.name,
    imageTagMutability: input.imageTagMutability,
    imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
  }
}
