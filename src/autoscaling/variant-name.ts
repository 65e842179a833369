import { autoscalingError, dimension } from './autoscaling-error.ts'

/** What is scaled: instances of a variant of an endpoint. */
export interface VariantName {
  readonly endpoint: string
  readonly variant: string
}

interface Asked {
  readonly ServiceNamespace: string
  readonly ScalableDimension?: string | undefined
  readonly ResourceId?: string | undefined
}

/** Throws ValidationException, with their names, for namespaces and dimensions that are not served. */
export function requireServed({ ServiceNamespace, ScalableDimension }: Asked): void {
  if (ServiceNamespace !== 'sagemaker')
    throw autoscalingError.notServed(`ServiceNamespace ${ServiceNamespace}`, 'there are instances of SageMaker only.')
  if (ScalableDimension !== undefined && ScalableDimension !== dimension)
    throw autoscalingError.notServed(`ScalableDimension ${ScalableDimension}`, `variants are scaled by ${dimension}.`)
}

const form = /^endpoint\/([^/]+)\/variant\/([^/]+)$/

/** `endpoint/NAME/variant/NAME`. Throws ValidationException. */
export function parseResource(asked: Asked & { readonly ResourceId: string }): VariantName {
  requireServed(asked)
  const [, endpoint, variant] = form.exec(asked.ResourceId) ?? []
  if (endpoint === undefined || variant === undefined)
    throw autoscalingError.invalid(
      `The ResourceId of a variant is endpoint/ENDPOINT/variant/VARIANT, not ${asked.ResourceId}.`,
    )
  return { endpoint, variant }
}
