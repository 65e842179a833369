import { AccessDenied, ServiceError, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Op } from '../sagemaker-operation.ts'
import { type ModelPackageGroupRow, modelPackageGroups, requireOwnGroup } from './model-package-group.ts'

/**
 * The policy by which a group is shared with other accounts. Source: SageMaker API Reference, PutModelPackageGroupPolicy. What
 * cannot be evaluated is refused now rather than when somebody asks by it.
 */
export const putModelPackageGroupPolicy: Op<'PutModelPackageGroupPolicy'> = async (input, ctx) => {
  const row = await requireOwnGroup(ctx.store, input.ModelPackageGroupName, ctx)
  await checkPolicy(row, input.ResourcePolicy, ctx)
  await ctx.store.transaction(tx => modelPackageGroups.update(tx, row.arn, { policy: input.ResourcePolicy }))
  return { ModelPackageGroupArn: row.arn }
}

export const getModelPackageGroupPolicy: Op<'GetModelPackageGroupPolicy'> = async (input, ctx) => {
  const { policy, arn } = await requireOwnGroup(ctx.store, input.ModelPackageGroupName, ctx)
  if (policy === undefined) throw noPolicy(arn)
  return { ResourcePolicy: policy }
}

export const deleteModelPackageGroupPolicy: Op<'DeleteModelPackageGroupPolicy'> = async (input, ctx) => {
  const { policy, arn } = await requireOwnGroup(ctx.store, input.ModelPackageGroupName, ctx)
  if (policy === undefined) throw noPolicy(arn)
  await ctx.store.transaction(tx => modelPackageGroups.update(tx, arn, { policy: undefined }))
  return {}
}

const noPolicy = (arn: string) => new ValidationException(`The model package group ${arn} has no resource policy.`)

/** Asks by the policy once: a text that is no policy throws then. A policy may lock its setter out: its account's own policies still let it in. */
async function checkPolicy(row: ModelPackageGroupRow, policy: string, ctx: Context): Promise<void> {
  const access = { action: 'sagemaker:DescribeModelPackageGroup', resource: row.arn, resourcePolicy: policy }
  try {
    await ctx.iam.authorize(ctx.principal, access)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (!(error instanceof AccessDenied)) throw new ValidationException(`Invalid ResourcePolicy: ${error.message}`)
  }
}
