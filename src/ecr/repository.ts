import type { Context } from '../service/context.ts'
import type { Db } from '../store/database.ts'
import type { EcrRepositoryTable } from '../store/schema/ecr-tables.ts'
import { ecrErrors } from './ecr-errors.ts'

export type Repository = EcrRepositoryTable

/** Repositories are per region in ECR, also here; an image URI of this installation's own form has none (`registry-address.ts`). */
export interface RepositoryAddress {
  readonly account: string
  readonly region: string
  readonly name: string
}

export const repositoryArn = ({ account, region, name }: RepositoryAddress): string =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`

/** Owner of a repository's blob references. */
export const repositoryOwner = (id: string): string => `ecr:repository:${id}`

/** What an operation's `registryId` and `repositoryName` name. */
export const addressOf = (
  ctx: Pick<Context, 'account' | 'region'>,
  input: { registryId?: string; repositoryName: string },
): RepositoryAddress => ({ account: input.registryId ?? ctx.account, region: ctx.region, name: input.repositoryName })

export const findRepository = (db: Db, { account, region, name }: RepositoryAddress): Promise<Repository | undefined> =>
  db
    .selectFrom('ecr_repository')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()

export async function requireRepository(db: Db, address: RepositoryAddress): Promise<Repository> {
  const found = await findRepository(db, address)
  if (!found) throw ecrErrors.repositoryNotFound(address)
  return found
}

/** Owner of the reference to a blob that an unfinished upload made. */
export const uploadOwner = (id: string): string => `ecr:upload:${id}`
