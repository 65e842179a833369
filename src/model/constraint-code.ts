import type { ServiceModel, Shape } from './service-model.ts'

/** The error codes of a service that has its own for what its body breaks, and for a body that is not there. */
export interface PlacedCodes {
  readonly head: string
  readonly body: string
  readonly noBody: string
}

/** S3 API Reference, "Error responses". */
const ofS3: PlacedCodes = { head: 'InvalidArgument', body: 'MalformedXML', noBody: 'MissingRequestBodyError' }

/** The code of a broken constraint at a path such as `delete.objects`, in an input of this shape. */
export function codeAt(codes: string | PlacedCodes, { payload }: Shape, path: string): string {
  if (typeof codes === 'string') return codes
  const body = payload && payload.charAt(0).toLowerCase() + payload.slice(1)
  if (!body || path.split('.')[0] !== body) return codes.head
  return path === body ? codes.noBody : codes.body
}

/** The error codes of a broken constraint. AWS's services do not agree on it: what the model declares decides, and for S3 and the query services their custom. */
export function constraintCode(model: ServiceModel, protocols: ReadonlySet<string>): string | PlacedCodes {
  if (protocols.has('rest-xml')) return ofS3
  if (protocols.has('query')) return 'ValidationError'
  const declared = ['InvalidParameterException', 'ValidationException', 'ValidationError']
  return declared.find(name => model.shapes[name]?.exception) ?? 'ValidationException'
}
