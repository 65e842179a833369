import type { Repository } from '../../src/ecr/repository.ts'
import type { Store } from '../../src/store/store.ts'
import { account, region } from './place.ts'

/** Images without a tag go after a day. */
const policy = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
}

/** Where images are pushed to. */
export const repository: Repository = {
  ...{ id: 'repository', account, region, name: 'images', created: 0, policy: '' },
  ...{ tag_mutability: 'MUTABLE', mutability_exclusions: '[]', scan_on_push: 0, lifecycle_evaluated: 0 },
  lifecycle_policy: JSON.stringify(policy),
}

export async function makeRepository({ db }: Store): Promise<void> {
  await db.insertInto('ecr_repository').values(repository).execute()
}
