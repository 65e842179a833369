import { randomness } from '../ground/randomness.ts'
import type { Context } from '../service/context.ts'
import { release } from '../store/blob-references.ts'
import type { Db } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type Op, pageOf } from './ecr-operation.ts'
import { imageTables } from './image.ts'
import { removeParts } from './layer-upload.ts'
import {
  addressOf,
  findRepository,
  type Repository,
  repositoryArn,
  repositoryOwner,
  requireRepository,
  uploadOwner,
} from './repository.ts'
import { requireOwnEncryption } from './repository-encryption.ts'
import { removeTags, requireValidTags, setTags, type Tag } from './repository-tags.ts'
import { readMutability } from './tag-mutability.ts'

/** Creates a repository of the caller's registry. */
export const createRepository: Op<'CreateRepository'> = async (input, ctx) => {
  const address = addressOf(ctx, input)
  requireOwnEncryption(input.encryptionConfiguration)
  const tags = requireValidTags(input.tags ?? [])
  const repository: Repository = {
    id: randomness.uuid(),
    ...address,
    created: ctx.now().getTime(),
    ...readMutability(input.imageTagMutability ?? 'MUTABLE', input.imageTagMutabilityExclusionFilters),
    scan_on_push: input.imageScanningConfiguration?.scanOnPush ? 1 : 0,
    policy: '',
    lifecycle_policy: '',
    lifecycle_evaluated: 0,
  }
  await ctx.store.transaction(async tx => {
    if (await findRepository(tx.db, address)) throw ecrErrors.repositoryExists(address)
    await insertRepository(tx, repository, tags)
  })
  return { repository: described(repository, ctx) }
}

export async function insertRepository({ db }: Transaction, repository: Repository, tags: readonly Tag[]) {
  await db.insertInto('ecr_repository').values(repository).execute()
  await setTags(db, repositoryArn(repository), tags)
}

export const describeRepositories: Op<'DescribeRepositories'> = async (input, ctx) => {
  const account = input.registryId ?? ctx.account
  if (input.repositoryNames) {
    if (input.maxResults !== undefined || input.nextToken !== undefined)
      throw ecrErrors.invalidParameter('maxResults', 'pages cannot be asked for together with repositoryNames')
    const named = input.repositoryNames.map(name =>
      requireRepository(ctx.store.db, { account, region: ctx.region, name }),
    )
    return { repositories: (await Promise.all(named)).map(found => described(found, ctx)) }
  }
  const page = pageOf(ctx, 'DescribeRepositories', input, account)
  const found = await ctx.store.db
    .selectFrom('ecr_repository')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', ctx.region)
    .where('name', '>', page.after)
    .orderBy('name')
    .limit(page.limit + 1)
    .execute()
  const shown = found.slice(0, page.limit)
  return {
    repositories: shown.map(repository => described(repository, ctx)),
    nextToken: page.next(found.length, () => shown.at(-1)?.name ?? ''),
  }
}

/** Its images go with it when forced; their content goes with the next collection unless someone else needs it. */
export const deleteRepository: Op<'DeleteRepository'> = async (input, ctx) => {
  const repository = await ctx.store.transaction(async ({ db }) => {
    const found = await requireRepository(db, addressOf(ctx, input))
    if (!input.force && (await hasImages(db, found.id))) throw ecrErrors.repositoryNotEmpty(found)
    await removeRepository(db, found)
    return found
  })
  return { repository: described(repository, ctx) }
}

async function hasImages(db: Db, repository: string): Promise<boolean> {
  const found = db.selectFrom('ecr_repository_manifest').select('digest').where('repository', '=', repository).limit(1)
  return (await found.executeTakeFirst()) !== undefined
}

async function removeRepository(db: Db, repository: Repository): Promise<void> {
  const uploads = await db.selectFrom('ecr_upload').select('id').where('repository', '=', repository.id).execute()
  for (const { id } of uploads) {
    await removeParts(db, id)
    await release(db, uploadOwner(id))
  }
  await release(db, repositoryOwner(repository.id))
  for (const table of contents) await db.deleteFrom(table).where('repository', '=', repository.id).execute()
  await removeTags(db, repositoryArn(repository))
  await db.deleteFrom('ecr_repository').where('id', '=', repository.id).execute()
}

const contents = [...imageTables, 'ecr_repository_blob', 'ecr_upload', 'ecr_lifecycle_preview'] as const

function described(repository: Repository, ctx: Context) {
  const exclusions = JSON.parse(repository.mutability_exclusions) as string[]
  return {
    repositoryArn: repositoryArn(repository),
    registryId: repository.account,
    repositoryName: repository.name,
    repositoryUri: `${new URL(ctx.url).host}/${repository.account}/${repository.name}`,
    createdAt: new Date(repository.created),
    imageTagMutability: repository.tag_mutability as 'MUTABLE',
    ...(exclusions.length > 0 && {
      imageTagMutabilityExclusionFilters: exclusions.map(filter => ({ filterType: 'WILDCARD' as const, filter })),
    }),
    imageScanningConfiguration: { scanOnPush: repository.scan_on_push === 1 },
    encryptionConfiguration: { encryptionType: 'AES256' as const },
  }
}
