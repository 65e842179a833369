import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type Resource, resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { listPage } from '../list.ts'
import { insertTags } from '../resource-tag.ts'
import { ConflictException } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { accountOf, regionOf } from '../service-context.ts'

export interface ModelPackageGroupRow extends Resource {
  readonly description?: string
  /** Number of the newest version ever made, so that a deleted version's number is not given again. */
  readonly lastVersion: number
  /** Resource policy, JSON text. */
  readonly policy?: string
}

export const modelPackageGroups = resources<ModelPackageGroupRow>('model-package-group')

/** Its versions, as far as a group needs to know them. */
const versions = resources<Resource>('model-package')

const missing = (arn: string) => new ValidationException(`ModelPackageGroup ${arn} does not exist.`)

const groupArn = (nameOrArn: string, ctx: Context): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : ctx.arn('model-package-group', nameOrArn)

/** By name, or by ARN: also another account's, whose policy `access.ts` has asked. */
export async function requireGroup(
  at: Pick<Transaction, 'db'>,
  nameOrArn: string,
  ctx: Context,
): Promise<ModelPackageGroupRow> {
  const arn = groupArn(nameOrArn, ctx)
  const row = regionOf(arn) === ctx.region ? await modelPackageGroups.get(at, arn) : undefined
  if (!row) throw missing(arn)
  return row
}

/** The caller's own, for what only its owner may do. */
export async function requireOwnGroup(
  at: Pick<Transaction, 'db'>,
  nameOrArn: string,
  ctx: Context,
): Promise<ModelPackageGroupRow> {
  const arn = groupArn(nameOrArn, ctx)
  if (accountOf(arn) !== ctx.account)
    throw new ValidationException(`The model package group ${arn} belongs to another account, which alone may do this.`)
  return requireGroup(at, arn, ctx)
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
    const now = ctx.now().getTime()
    const isNew = await modelPackageGroups.add(tx, {
      ...{ arn, account: ctx.account, region: ctx.region, name, parent: '', status: 'Completed' },
      created: now,
      modified: now,
      lastVersion: 0,
      ...(input.ModelPackageGroupDescription !== undefined && { description: input.ModelPackageGroupDescription }),
    })
    if (!isNew) throw new ValidationException(`Model Package Group already exists: ${arn}`)
    await insertTags(tx, arn, input.Tags)
    return { ModelPackageGroupArn: arn }
  })

export const describeModelPackageGroup: Op<'DescribeModelPackageGroup'> = async (input, ctx) =>
  modelPackageGroupView(await requireGroup(ctx.store, input.ModelPackageGroupName, ctx))

/** As DescribeModelPackageGroup tells it. */
export const modelPackageGroupView = (row: ModelPackageGroupRow) => ({
  ModelPackageGroupName: row.name,
  ModelPackageGroupArn: row.arn,
  ModelPackageGroupDescription: row.description,
  CreationTime: new Date(row.created),
  CreatedBy: {},
  ModelPackageGroupStatus: 'Completed' as const,
})

export const listModelPackageGroups: Op<'ListModelPackageGroups'> = async (input, ctx) => {
  const { CrossAccountFilterOption: _, ...filters } = input
  const { rows, NextToken } = await listPage(modelPackageGroups, filters, ctx, { defaultOrder: 'Ascending' })
  const ModelPackageGroupSummaryList = rows.map(row => {
    const { CreatedBy: __, ...summary } = modelPackageGroupView(row)
    return summary
  })
  return { ModelPackageGroupSummaryList, NextToken }
}

export const deleteModelPackageGroup: Op<'DeleteModelPackageGroup'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireOwnGroup(tx, input.ModelPackageGroupName, ctx)
    const { account, region, name: parent } = row
    const [version] = await versions.list(tx, { account, region, parent, sortBy: 'name', descending: false, limit: 1 })
    if (version)
      throw new ConflictException(
        `The model package group ${row.arn} holds versions, ${version.arn} among them. Delete them first.`,
      )
    await modelPackageGroups.remove(tx, row.arn)
    return {}
  })
