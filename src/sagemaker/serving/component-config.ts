import type { ProductionVariant } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { In } from '../sagemaker-operation.ts'

type Given = In<'CreateEndpointConfig'> & { readonly all: readonly ProductionVariant[] }

/** What a variant without a model has no use for here. */
const unused = ['VolumeSizeInGB', 'ServerlessConfig'] as const

/**
 * A configuration whose variants have no model is for inference components. The role is whose the copies are that have a container of their own. Throws
 * ValidationException, and AccessDenied to who may not pass the role. Source: SageMaker Developer Guide, "Deploy models for real-time inference".
 */
export async function checkComponentConfig(given: Given, arn: string, ctx: Context): Promise<void> {
  const { all, ExecutionRoleArn, AsyncInferenceConfig, DataCaptureConfig, ShadowProductionVariants, KmsKeyId } = given
  const bare = all.filter(({ ModelName }) => ModelName === undefined)
  const [first] = bare
  if (!first) return
  const refuse = (what: string) => {
    throw new ValidationException(`${what} for variants without ModelName, as "${first.VariantName}" is.`)
  }
  if (bare.length < all.length) refuse('Variants with ModelName are not supported beside those')
  if (!ExecutionRoleArn) return refuse('ExecutionRoleArn is required')
  if (AsyncInferenceConfig) refuse('AsyncInferenceConfig is not supported')
  if (DataCaptureConfig && DataCaptureConfig.EnableCapture !== false) refuse('DataCaptureConfig is not supported')
  if (ShadowProductionVariants?.length) refuse('ShadowProductionVariants are not supported')
  if (KmsKeyId) refuse('KmsKeyId is not supported')
  const odd = unused.find(name => bare.some(variant => variant[name] !== undefined))
  if (odd) refuse(`${odd} is not supported`)
  await ctx.iam.passRole(ctx.principal, ExecutionRoleArn, 'sagemaker.amazonaws.com', arn)
}
