import type { InferenceComponentSpecification } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Need } from './component-placement.ts'
import type { ModelRow } from './model.ts'
import { requireModel } from './model.ts'
import { resolveContainer } from './model-container-resolution.ts'

/** What the copies of a component run, as it was when it was asked for. */
export interface ComponentVersion {
  /** Of the component, which counts them. */
  readonly number: number
  readonly specification: InferenceComponentSpecification
  readonly model: Pick<ModelRow, 'containers' | 'executionRole' | 'isolated'>
  /** When its image was found, in milliseconds. */
  readonly resolved: number
}

/**
 * What a copy holds of its instance: the most memory that it may take, and as many cores and accelerators as are asked for. By the least it would
 * be copies of little that may take much, together more than the instance has, and the machine's other containers would pay for it.
 */
export function needOf({ specification }: Pick<ComponentVersion, 'specification'>): Need {
  const needs = specification.ComputeResourceRequirements
  return {
    cpus: needs?.NumberOfCpuCoresRequired ?? 0,
    memoryMb: needs?.MaxMemoryRequiredInMb ?? needs?.MinMemoryRequiredInMb ?? 0,
    gpus: needs?.NumberOfAcceleratorDevicesRequired ?? 0,
  }
}

/** Throws ValidationException, and AWS's "Could not find" for a model that is not there. `role` is the endpoint's, for a container without a model. */
export async function resolveVersion(
  specification: InferenceComponentSpecification,
  { role, arn }: { readonly role: string; readonly arn: string },
  ctx: Context,
): Promise<Omit<ComponentVersion, 'number'>> {
  checkRequirements(specification)
  const model = await modelOf(specification, role, arn, ctx)
  return { specification, model, resolved: ctx.now().getTime() }
}

function checkRequirements({ ComputeResourceRequirements: needs }: InferenceComponentSpecification): void {
  if (!needs)
    throw new ValidationException('Specification.ComputeResourceRequirements is required for an inference component.')
  const {
    MinMemoryRequiredInMb: least = 0,
    MaxMemoryRequiredInMb: most,
    NumberOfAcceleratorDevicesRequired: gpus,
  } = needs
  if (most !== undefined && most < least)
    throw new ValidationException(`MaxMemoryRequiredInMb ${most} is less than MinMemoryRequiredInMb ${least}.`)
  if (gpus !== undefined && !Number.isInteger(gpus))
    throw new ValidationException(`NumberOfAcceleratorDevicesRequired must be a whole number here, not ${gpus}.`)
}

async function modelOf(
  { ModelName, Container }: InferenceComponentSpecification,
  role: string,
  arn: string,
  ctx: Context,
): Promise<ComponentVersion['model']> {
  if ((ModelName === undefined) === (Container === undefined))
    throw new ValidationException('Specification must have either a ModelName or a Container, and not both.')
  if (ModelName !== undefined) return checked(await requireModel(ModelName, ctx))
  const { Image, ArtifactUrl, Environment } = Container ?? {}
  const principal = await ctx.iam.assumeForService(role, 'sagemaker.amazonaws.com', 'SageMaker', arn)
  const definition = {
    ...{ Image, ...(ArtifactUrl && { ModelDataUrl: ArtifactUrl }), ...(Environment && { Environment }) },
  }
  const { containers } = await resolveContainer(definition, principal, ctx, arn)
  return { containers, executionRole: role, isolated: false }
}

/** Throws ValidationException. Hours of a product are those of an instance, which components share: so none is charged for them, and none runs. */
function checked({ name, containers, executionRole, isolated }: ModelRow): ComponentVersion['model'] {
  const refuse = (what: string) => {
    throw new ValidationException(
      `Inference components are not supported for ${what}, as which the model "${name}" is.`,
    )
  }
  if (containers.some(({ productArn }) => productArn)) refuse('marketplace model packages')
  if (containers.some(({ models }) => models)) refuse('models of the Mode MultiModel')
  if (containers.length > 1) refuse('inference pipelines and multi-container models')
  return { containers, executionRole, isolated }
}
