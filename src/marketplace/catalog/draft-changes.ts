import { attempt, type CatalogDraft, type DraftParts } from './catalog-draft.ts'
import type { Change } from './change.ts'
import type { ChangeSet } from './change-set.ts'
import { makeChange } from './make-change.ts'

/** Changes are made by stage, so that a seller may list them in any order. */
const stage = ({ type, creates }: Change): number => {
  if (creates) return type === 'CreateOffer' || type === 'CreateReplacementOffer' ? 1 : 0
  // Parts of an experience are there before what is put into them.
  if (type.startsWith('Create')) return 1
  // A set of offers is released with those that it has.
  return type === 'ReleaseOfferSet' ? 4 : type.startsWith('Release') ? 3 : 2
}

/** Makes the changes on a copy of the catalog in memory. Nothing is written except by `copy`. */
export async function draftCatalog(set: ChangeSet, parts: DraftParts): Promise<CatalogDraft> {
  const draft: CatalogDraft = {
    set,
    parts,
    entities: new Map(),
    read: new Map(),
    changed: new Set(),
    failed: new Set(),
    prices: new Map(),
    errors: new Map(),
  }
  const ordered = [...set.changes.entries()].sort(([, one], [, other]) => stage(one) - stage(other))
  for (const [index, change] of ordered) {
    // What follows a refused change of the same entity would only repeat its trouble.
    if (draft.failed.has(change.entity)) continue
    const made = await attempt(draft, index, async () => {
      draft.entities.set(change.entity, await makeChange(draft, change, index))
    })
    ;(made ? draft.changed : draft.failed).add(change.entity)
  }
  return draft
}
