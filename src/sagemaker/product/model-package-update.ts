import { ValidationException } from '../../ground/errors.ts'
import { once } from '../once.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { accountOf, regionOf } from '../service-context.ts'
import { type ModelPackageRow, missingPackage, modelPackages } from './model-package.ts'
import { resolveAdditional, resolveInference } from './model-package-inference.ts'

type Request = In<'UpdateModelPackage'>

/** Which approval may follow which. Source: SageMaker Developer Guide, "Update the Approval Status of a Model". */
const transitions: Readonly<Record<string, readonly string[]>> = {
  PendingManualApproval: ['Approved', 'Rejected'],
  Approved: ['Rejected'],
  Rejected: ['Approved'],
}

const mostMetadata = 50

export const updateModelPackage: Op<'UpdateModelPackage'> = (input, ctx) =>
  once('UpdateModelPackage', input.ClientToken, input, ctx, async () => {
    const { ModelPackageArn: arn } = input
    const changeable = accountOf(arn) !== ctx.market.escrowAccount && regionOf(arn) === ctx.region
    const seen = changeable ? await modelPackages.get(ctx.store, arn) : undefined
    if (!seen) throw missingPackage(arn)
    checkUpdate(input, seen)
    const inference = input.InferenceSpecification && (await resolveInference(input, arn, ctx))
    const added = await resolveAdditional(input.AdditionalInferenceSpecificationsToAdd, seen.additional ?? [], arn, ctx)
    return async tx => {
      const row = await modelPackages.get(tx, arn)
      if (!row) throw missingPackage(arn)
      checkUpdate(input, row)
      await modelPackages.update(tx, arn, { ...changeOf(input, row), ...inference, ...addition(added, row) })
      return { ModelPackageArn: arn }
    }
  })

const addition = (added: NonNullable<ModelPackageRow['additional']>, row: ModelPackageRow): Partial<ModelPackageRow> =>
  added.length > 0 ? { additional: [...(row.additional ?? []), ...added] } : {}

function checkUpdate(input: Request, row: ModelPackageRow): void {
  const problem = problemOf(input, row)
  if (problem) throw new ValidationException(problem)
}

function problemOf(input: Request, row: ModelPackageRow): string | undefined {
  const { ModelApprovalStatus: approval, ModelPackageRegistrationType: registration } = input
  if (row.version === undefined && (approval || input.ApprovalDescription))
    return 'ModelApprovalStatus can be set only on a version of a model package group.'
  if (row.version === undefined && registration)
    return 'ModelPackageRegistrationType can be set only on a version of a model package group.'
  const from = row.approvalStatus ?? ''
  if (approval && approval !== from && !transitions[from]?.includes(approval))
    return `The approval status of the model package ${row.arn} cannot change from ${from} to ${approval}.`
  if (
    (input.InferenceSpecification || input.AdditionalInferenceSpecificationsToAdd) &&
    (row.request.CertifyForMarketplace || row.request.SourceAlgorithmSpecification || row.validation.length > 0)
  )
    return `The inference specification of the model package ${row.arn} cannot change: it is what was validated, or its source algorithm's.`
  const names = new Set([
    ...Object.keys(row.customerMetadata ?? {}),
    ...Object.keys(input.CustomerMetadataProperties ?? {}),
  ])
  for (const key of input.CustomerMetadataPropertiesToRemove ?? []) names.delete(key)
  if (names.size > mostMetadata) return `A model package can have at most ${mostMetadata} customer metadata properties.`
  return undefined
}

function changeOf(input: Request, row: ModelPackageRow): Partial<ModelPackageRow> {
  const { ModelApprovalStatus, ApprovalDescription, SourceUri, ModelCard, ModelLifeCycle } = input
  const customerMetadata = { ...row.customerMetadata, ...input.CustomerMetadataProperties }
  for (const key of input.CustomerMetadataPropertiesToRemove ?? []) delete customerMetadata[key]
  const request = {
    ...row.request,
    ...(SourceUri !== undefined && { SourceUri }),
    ...(ModelCard && { ModelCard }),
    ...(ModelLifeCycle && { ModelLifeCycle }),
    ...(input.ModelPackageRegistrationType && { ModelPackageRegistrationType: input.ModelPackageRegistrationType }),
  }
  return {
    request,
    ...(Object.keys(customerMetadata).length > 0 || row.customerMetadata ? { customerMetadata } : {}),
    ...(ModelApprovalStatus && { approvalStatus: ModelApprovalStatus }),
    ...(ApprovalDescription !== undefined && { approvalDescription: ApprovalDescription }),
  }
}
