import type { Context } from '../service/context.ts'
import { ValidationException } from '../service/errors.ts'
import { type Resource, resources } from '../store/resources.ts'
import type { Transaction } from '../store/store.ts'
import { ConflictException } from './errors.ts'
import { listPage } from './list.ts'
import { modelPackages } from './model-package.ts'
import type { Op } from './operation.ts'
import { accountOf } from './service-context.ts'
import { insertTags } from './tag.ts'

export interface ModelPackageGroupRow extends Resource {
  readonly description?: string
  /** Number of the newest version ever made, so that a deleted version's number is not given again. */
  readonly lastVersion: number
  /** Resource policy, JSON text. */
  readonly policy?: string
}

export const modelPackageGroups = resources<ModelPackageGroupRow>('model-package-group')

const missing = (arn: string) => new ValidationException(`ModelPackageGroup ${arn} does not exist.`)

/** By name or ARN in the caller's account. */
export async function requireGroup(
  at: Pick<Transaction, 'db'>,
  nameOrArn: string,
  ctx: Context,
): Promise<ModelPackageGroupRow> {
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : ctx.arn('model-package-group', nameOrArn)
  const row = accountOf(arn) === ctx.account ? await modelPackageGroups.get(at, arn) : undefined
  if (!row) throw missing(arn)
  return row
}

/** Takes the group's next version number, counting from 1. */
export async function nextVersion(tx: Transaction, group: ModelPackageGroupRow): Promise<number> {
  const { lastVersion } = await modelPackageGroups.update(tx, group.arn, row => ({ lastVersion: row.lastVersion + 1 }))
  return lastVersion
}

export const createModelPackageGroup: Op<'CreateModelPackageGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const name = input.ModelPackageGroupName
    const arn = ctx.arn('model-package-group', name)
    if (await modelPackageGroups.get(tx, arn))
      throw new ValidationException(`Model Package Group already exists: ${arn}`)
    const now = ctx.now().getTime()
    await modelPackageGroups.insert(tx, {
      ...{
        arn,
        account: ctx.account,
        region: ctx.region,
        name,
        parent: '',
        status: 'Completed',
        created: now,
        modified: now,
      },
      lastVersion: 0,
      ...(input.ModelPackageGroupDescription && { description: input.ModelPackageGroupDescription }),
    })
    await insertTags(tx, arn, input.Tags)
    return { ModelPackageGroupArn: arn }
  })

export const describeModelPackageGroup: Op<'DescribeModelPackageGroup'> = async (input, ctx) => {
  const row = await requireGroup(ctx.store, input.ModelPackageGroupName, ctx)
  return {
    ModelPackageGroupName: row.name,
    ModelPackageGroupArn: row.arn,
    ModelPackageGroupDescription: row.description,
    CreationTime: new Date(row.created),
    CreatedBy: {},
    ModelPackageGroupStatus: 'Completed',
  }
}

export const listModelPackageGroups: Op<'ListModelPackageGroups'> = async (input, ctx) => {
  if (input.CrossAccountFilterOption === 'CrossAccount')
    throw new ValidationException(
      'CrossAccountFilterOption CrossAccount is not supported by this installation of Modelmart.',
    )
  const { CrossAccountFilterOption: _, ...filters } = input
  const { rows, NextToken } = await listPage(modelPackageGroups, filters, ctx, { defaultOrder: 'Ascending' })
  const ModelPackageGroupSummaryList = rows.map(row => ({
    ModelPackageGroupName: row.name,
    ModelPackageGroupArn: row.arn,
    ModelPackageGroupDescription: row.description,
    CreationTime: new Date(row.created),
    ModelPackageGroupStatus: 'Completed' as const,
  }))
  return { ModelPackageGroupSummaryList, NextToken }
}

export const deleteModelPackageGroup: Op<'DeleteModelPackageGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireGroup(tx, input.ModelPackageGroupName, ctx)
    const filter = {
      account: row.account,
      region: row.region,
      parent: row.name,
      sortBy: 'name',
      descending: false,
      limit: 1,
    } as const
    const [version] = await modelPackages.list(tx, filter)
    if (version)
      throw new ConflictException(
        `The model package group ${row.arn} holds versions, ${version.arn} among them. Delete them first.`,
      )
    await modelPackageGroups.remove(tx, row.arn)
    return {}
  })
