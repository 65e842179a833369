import type { Access } from '../service/access.ts'
import type { Db } from './ecr-operation.ts'
import { type Repository, type RepositoryAddress, repositoryArn } from './repository.ts'
import { tagConditions } from './repository-tags.ts'

/** What an action on a repository asks leave for; the same whether it exists (`found`) or not, but for its policy and tags. */
export async function repositoryAccess(
  db: Db,
  address: RepositoryAddress,
  found: Repository | undefined,
  action: string,
): Promise<Access> {
  const resource = repositoryArn(address)
  return {
    action,
    resource,
    owner: address.account,
    ...(found?.policy && { resourcePolicy: found.policy }),
    ...(found && { conditions: await tagConditions(db, resource) }),
  }
}
