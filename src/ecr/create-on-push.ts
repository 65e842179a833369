import { randomness } from '../ground/randomness.ts'
import type { Store } from '../store/store.ts'
import type { CreationTemplate } from './creation-template.ts'
import { findRepository, type Repository, type RepositoryAddress } from './repository.ts'
import { insertRepository } from './repository-operations.ts'
import { readMutability } from './tag-mutability.ts'

/** Makes the repository that a push names, as the template says. */
export function createOnPush(
  store: Store,
  template: CreationTemplate,
  address: RepositoryAddress,
  now: number,
): Promise<Repository> {
  return store.transaction(async tx => {
    // Layers are pushed side by side: the first of them makes it.
    const there = await findRepository(tx.db, address)
    if (there) return there
    const made = repositoryOf(template, address, now)
    await insertRepository(tx, made, (template.resourceTags ?? []) as { Key: string; Value: string }[])
    return made
  })
}

const repositoryOf = (template: CreationTemplate, address: RepositoryAddress, created: number): Repository => ({
  id: randomness.uuid(),
  ...{ account: address.account, region: address.region, name: address.name, created },
  ...readMutability(template.imageTagMutability ?? 'MUTABLE', template.imageTagMutabilityExclusionFilters as []),
  scan_on_push: 0,
  policy: template.repositoryPolicy ?? '',
  lifecycle_policy: template.lifecyclePolicy ?? '',
  lifecycle_evaluated: 0,
})
