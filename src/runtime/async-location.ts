import { joinS3Uri } from '../workload/s3-uri.ts'

/** What decides where an answer goes: the endpoint's paths and what the request says of them. */
export interface AsyncPaths {
  /** `OutputConfig.S3OutputPath`. */
  readonly output: string
  /** `OutputConfig.S3FailurePath`. */
  readonly failure?: string
  /** `S3OutputPathExtension` of the request. */
  readonly extension?: string
  /** `Filename` of the request. */
  readonly filename?: string
}

/**
 * Where the answer of the request with this id is written, and where what went wrong; without a failure path nowhere. Source: SageMaker
 * Developer Guide, "Invoke an Asynchronous Endpoint".
 */
export function asyncLocations(id: string, { output, failure, extension, filename }: AsyncPaths) {
  const below = (path: string, name: string) =>
    joinS3Uri(path, ...(extension ? [extension.replace(/^\/+|\/+$/g, '')] : []), name)
  return {
    outputLocation: below(output, filename ?? `${id}.out`),
    ...(failure && { failureLocation: below(failure, `${filename ?? id}-error.out`) }),
  }
}
