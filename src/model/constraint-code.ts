import type { ServiceModel } from './service-model.ts'

/** The error code of a broken constraint. AWS's services do not agree on it: what the model declares decides, and for S3 and the query services their custom. */
export function constraintCode(model: ServiceModel, protocols: ReadonlySet<string>): string {
  if (protocols.has('rest-xml')) return 'InvalidArgument'
  if (protocols.has('query')) return 'ValidationError'
  const declared = ['InvalidParameterException', 'ValidationException', 'ValidationError']
  return declared.find(name => model.shapes[name]?.exception) ?? 'ValidationException'
}
