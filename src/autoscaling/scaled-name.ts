import { autoscalingError, dimensions } from './autoscaling-error.ts'

/** What is scaled: instances of a variant of an endpoint, or copies of an inference component. */
export type ScaledName =
  | { readonly endpoint: string; readonly variant: string; readonly component?: undefined }
  | { readonly component: string }

interface Asked {
  readonly ServiceNamespace: string
  readonly ScalableDimension?: string | undefined
  readonly ResourceId?: string | undefined
}

/** Throws ValidationException, with their names, for namespaces and dimensions that are not served. */
export function requireServed({ ServiceNamespace, ScalableDimension }: Asked): void {
  if (ServiceNamespace !== 'sagemaker')
    throw autoscalingError.notServed(`ServiceNamespace ${ServiceNamespace}`, 'there is SageMaker only.')
  if (ScalableDimension !== undefined && !Object.values<string>(dimensions).includes(ScalableDimension))
    throw autoscalingError.notServed(
      `ScalableDimension ${ScalableDimension}`,
      `variants are scaled by ${dimensions.variant}, inference components by ${dimensions.component}.`,
    )
}

const forms = {
  variant: /^endpoint\/([^/]+)\/variant\/([^/]+)$/,
  component: /^inference-component\/([^/]+)$/,
} as const

/** `endpoint/NAME/variant/NAME` or `inference-component/NAME`, as its dimension has it. Throws ValidationException. */
export function parseResource(asked: Asked & { readonly ResourceId: string }): ScaledName {
  requireServed(asked)
  const { ResourceId: id, ScalableDimension: asks } = asked
  const [, endpoint, variant] = forms.variant.exec(id) ?? []
  const [, component] = forms.component.exec(id) ?? []
  if (endpoint !== undefined && variant !== undefined && asks !== dimensions.component) return { endpoint, variant }
  if (component !== undefined && asks !== dimensions.variant) return { component }
  throw autoscalingError.invalid(
    asks === dimensions.component
      ? `The ResourceId of an inference component is inference-component/NAME, not ${id}.`
      : `The ResourceId of a variant is endpoint/ENDPOINT/variant/VARIANT, not ${id}.`,
  )
}

/** How the resources of a dimension begin, for `like`; of any when it is not given. */
export const resourcesOf = (dimension: string | undefined): string =>
  dimension === undefined ? '%' : dimension === dimensions.component ? 'inference-component/%' : 'endpoint/%'
