import { ServiceError } from '../ground/errors.ts'
import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { Op } from './ecr-operation.ts'
import { repositoryArn, requireRepository } from './repository.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

const tagLimit = 50

/** AWS's rules for tags (Amazon ECR User Guide, Tagging a private repository): unique keys of 1 to 128 characters, values to 256. */
export function requireValidTags(tags: readonly Tag[]): readonly Tag[] {
  const invalid = (reason: string) => new ServiceError('InvalidTagParameterException', reason)
  if (tags.length > tagLimit) throw tooMany()
  if (new Set(tags.map(tag => tag.Key)).size < tags.length) throw invalid('Tag keys must be given once each')
  for (const { Key, Value } of tags) {
    if (Key.length < 1 || Key.length > 128) throw invalid(`Tag key '${Key}' must have 1 to 128 characters`)
    if (Key.toLowerCase().startsWith('aws:')) throw invalid(`Tag key '${Key}' begins with 'aws:', which is reserved`)
    if (Value.length > 256) throw invalid(`The value of tag '${Key}' has more than 256 characters`)
  }
  return tags
}

const tagsOf = async (db: Db, arn: string): Promise<Tag[]> =>
  (await db.selectFrom('tag').selectAll().where('arn', '=', arn).orderBy('key').execute()).map(row => ({
    Key: row.key,
    Value: row.value,
  }))

export async function setTags(db: Db, arn: string, tags: readonly Tag[]): Promise<void> {
  for (const { Key, Value } of tags)
    await db
      .insertInto('tag')
      .values({ arn, key: Key, value: Value })
      .onConflict(conflict => conflict.columns(['arn', 'key']).doUpdateSet({ value: Value }))
      .execute()
}

export async function removeTags(db: Db, arn: string, keys?: readonly string[]): Promise<void> {
  await db
    .deleteFrom('tag')
    .where('arn', '=', arn)
    .$if(keys !== undefined, query => query.where('key', 'in', keys ?? []))
    .execute()
}

/** The repository that an ARN names, for the operations that take one. */
export function addressOfArn(arn: string) {
  const [, region, account, name] = /^arn:aws[a-z-]*:ecr:([a-z0-9-]+):([0-9]{12}):repository\/(.+)$/.exec(arn) ?? []
  if (!region || !account || !name) throw ecrErrors.invalidParameter('resourceArn', `Invalid ARN: ${arn}`)
  return { region, account, name }
}

async function requireArn(db: Db, arn: string): Promise<string> {
  return repositoryArn(await requireRepository(db, addressOfArn(arn)))
}

export const tagResource: Op<'TagResource'> = async (input, ctx) => {
  const tags = requireValidTags(input.tags)
  await ctx.store.transaction(async ({ db }) => {
    const arn = await requireArn(db, input.resourceArn)
    await setTags(db, arn, tags)
    if ((await tagsOf(db, arn)).length > tagLimit) throw tooMany()
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async (input, ctx) => {
  await ctx.store.transaction(async ({ db }) => removeTags(db, await requireArn(db, input.resourceArn), input.tagKeys))
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async (input, ctx) => ({
  tags: await tagsOf(ctx.store.db, await requireArn(ctx.store.db, input.resourceArn)),
})

/** Condition keys of a repository's own tags: policies say `aws:ResourceTag/…` or ECR's older `ecr:ResourceTag/…`. */
export async function tagConditions(db: Db, arn: string): Promise<Record<string, string>> {
  const tags = await tagsOf(db, arn)
  return Object.fromEntries(
    tags.flatMap(({ Key, Value }) => [
      [`aws:ResourceTag/${Key}`, Value],
      [`ecr:ResourceTag/${Key}`, Value],
    ]),
  )
}

const tooMany = () => new ServiceError('TooManyTagsException', `A repository can have at most ${tagLimit} tags`)
