import type { Access } from '../service/access.ts'
import type { Db } from '../store/database.ts'
import { registryPolicy } from './registry-policy.ts'
import { type Repository, type RepositoryAddress, repositoryArn } from './repository.ts'
import { tagConditions } from './repository-tags.ts'

/** What an action on a repository asks leave for; the same whether it exists (`found`) or not, but for its own policy and tags. */
export async function repositoryAccess(
  db: Db,
  address: RepositoryAddress,
  found: Repository | undefined,
  action: string,
): Promise<Access> {
  const resource = repositoryArn(address)
  const policy = joined(found?.policy || undefined, await registryPolicy(db, address, action))
  return {
    action,
    resource,
    owner: address.account,
    ...(policy && { resourcePolicy: policy }),
    ...(found && { conditions: await tagConditions(db, resource) }),
  }
}

/** The statements of both: what either denies is denied, what either allows is allowed. */
function joined(repository: string | undefined, registry: string | undefined): string | undefined {
  if (repository === undefined || registry === undefined) return repository ?? registry
  const [first, second] = [JSON.parse(repository), JSON.parse(registry)]
  const newer = [first, second].some(({ Version }) => Version === '2012-10-17')
  const Statement = [first.Statement, second.Statement].flat()
  return JSON.stringify({ ...(newer && { Version: '2012-10-17' }), Statement })
}
