import type { RepositoryCreationTemplate } from '@aws-sdk/client-ecr'
import type { Db } from '../store/database.ts'
import type { EcrCreationTemplateTable } from '../store/schema/ecr-registry-tables.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type EcrParts, type Op, pageOf } from './ecr-operation.ts'
import { readLifecyclePolicy } from './lifecycle-rules.ts'
import type { Registry } from './registry-setting.ts'
import { requireOwnEncryption } from './repository-encryption.ts'
import { requirePolicy } from './repository-policy-text.ts'
import { requireValidTags } from './repository-tags.ts'
import { readMutability } from './tag-mutability.ts'

/** What a template says of the repositories that are made by it. */
export type CreationTemplate = Omit<RepositoryCreationTemplate, 'prefix' | 'createdAt' | 'updatedAt'>

/** Throws InvalidParameterException for what no repository could have, so that none is refused when it is made. */
function requireValid(template: CreationTemplate, check: EcrParts['checkPolicy']): void {
  requireOwnEncryption(template.encryptionConfiguration)
  requireValidTags((template.resourceTags ?? []) as { Key: string; Value: string }[])
  readMutability(template.imageTagMutability ?? 'MUTABLE', template.imageTagMutabilityExclusionFilters as [])
  if (template.repositoryPolicy) requirePolicy(template.repositoryPolicy, check, 'repository')
  if (template.lifecyclePolicy) readLifecyclePolicy(template.lifecyclePolicy)
}

export const createRepositoryCreationTemplate: Op<'CreateRepositoryCreationTemplate'> = async (
  { prefix: given, ...template },
  ctx,
) => {
  requireValid(template, ctx.checkPolicy)
  const prefix = withoutSlash(given)
  const now = ctx.now().getTime()
  const row = { account: ctx.account, region: ctx.region, prefix, template: JSON.stringify(template) }
  await ctx.store.transaction(async ({ db }) => {
    if (await findTemplate(db, ctx, prefix)) throw ecrErrors.templateExists(prefix, ctx.account)
    await db
      .insertInto('ecr_creation_template')
      .values({ ...row, created: now, updated: now })
      .execute()
  })
  return answer({ ...row, created: now, updated: now })
}

/** Members that are not given stay as they are. */
export const updateRepositoryCreationTemplate: Op<'UpdateRepositoryCreationTemplate'> = async (
  { prefix: given, ...change },
  ctx,
) =>
  ctx.store.transaction(async ({ db }) => {
    const found = await requireTemplate(db, ctx, given)
    const template = { ...JSON.parse(found.template), ...change }
    requireValid(template, ctx.checkPolicy)
    const row = { ...found, template: JSON.stringify(template), updated: ctx.now().getTime() }
    const there = db.updateTable('ecr_creation_template').set(row).where('account', '=', ctx.account)
    await there.where('region', '=', ctx.region).where('prefix', '=', found.prefix).execute()
    return answer(row)
  })

export const deleteRepositoryCreationTemplate: Op<'DeleteRepositoryCreationTemplate'> = async (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const found = await requireTemplate(db, ctx, input.prefix)
    const there = db.deleteFrom('ecr_creation_template').where('account', '=', ctx.account)
    await there.where('region', '=', ctx.region).where('prefix', '=', found.prefix).execute()
    return answer(found)
  })

/** By prefix; of the prefixes that are named, those that are there. */
export const describeRepositoryCreationTemplates: Op<'DescribeRepositoryCreationTemplates'> = async (input, ctx) => {
  const prefixes = input.prefixes?.map(withoutSlash)
  const page = pageOf(ctx, 'DescribeRepositoryCreationTemplates', input, prefixes)
  const found = await ctx.store.db
    .selectFrom('ecr_creation_template')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('prefix', '>', page.after)
    .$if(prefixes !== undefined, some => some.where('prefix', 'in', prefixes ?? []))
    .orderBy('prefix')
    .limit(page.limit + 1)
    .execute()
  const shown = found.slice(0, page.limit)
  return {
    registryId: ctx.account,
    repositoryCreationTemplates: shown.map(described),
    nextToken: page.next(found.length, () => shown.at(-1)?.prefix ?? ''),
  }
}

/**
 * The template by which a push makes this repository: that of the longest prefix which ends at one of the name's slashes, else ROOT
 * (ECR User Guide, Repository creation templates). Undefined when none is for pushes.
 */
export async function templateForPush(db: Db, at: Registry, name: string): Promise<CreationTemplate | undefined> {
  const parts = name.split('/')
  const prefixes = ['ROOT', ...parts.map((_, index) => parts.slice(0, index).join('/')).filter(Boolean)]
  const rows = await db
    .selectFrom('ecr_creation_template')
    .select(['prefix', 'template'])
    .where('account', '=', at.account)
    .where('region', '=', at.region)
    .where('prefix', 'in', prefixes)
    .execute()
  const templates = new Map(rows.map(row => [row.prefix, JSON.parse(row.template) as CreationTemplate]))
  const nearest = prefixes.toReversed().map(prefix => templates.get(prefix))
  return nearest.find(template => template?.appliedFor?.includes('CREATE_ON_PUSH'))
}

const withoutSlash = (prefix: string): string => prefix.replace(/\/$/, '')

const findTemplate = (db: Db, { account, region }: Registry, prefix: string) =>
  db
    .selectFrom('ecr_creation_template')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('prefix', '=', withoutSlash(prefix))
    .executeTakeFirst()

async function requireTemplate(db: Db, registry: Registry, prefix: string): Promise<EcrCreationTemplateTable> {
  const found = await findTemplate(db, registry, prefix)
  if (!found) throw ecrErrors.templateNotFound(withoutSlash(prefix), registry.account)
  return found
}

const answer = (row: EcrCreationTemplateTable) => ({
  registryId: row.account,
  repositoryCreationTemplate: described(row),
})

const described = ({ prefix, template, created, updated }: EcrCreationTemplateTable): RepositoryCreationTemplate => ({
  prefix,
  encryptionConfiguration: { encryptionType: 'AES256' },
  imageTagMutability: 'MUTABLE',
  ...JSON.parse(template),
  createdAt: new Date(created),
  updatedAt: new Date(updated),
})
