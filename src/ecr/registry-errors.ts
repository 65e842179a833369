import type { ServerResponse } from 'node:http'
import { AccessDenied, ServiceError } from '../ground/errors.ts'

/** The error codes of OCI Distribution 1.1, and the two that ECR and Docker's registry add, with their status. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  UNKNOWN: 500,
} as const

export type RegistryErrorCode = keyof typeof statuses

/** An answer of the registry that is an error. `headers` help the client go on. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: RegistryErrorCode,
    message: string,
    options: { status?: number; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.name = code
    this.code = code
    this.status = options.status ?? statuses[code]
    this.headers = options.headers ?? {}
  }
}

/** ECR's own errors in the registry's words. Absent ones are faults of ours. */
const translations: Readonly<Record<string, RegistryErrorCode>> = {
  RepositoryNotFoundException: 'NAME_UNKNOWN',
  ImageNotFoundException: 'MANIFEST_UNKNOWN',
  ImageTagAlreadyExistsException: 'TAG_INVALID',
  ImageReferencedByManifestList: 'UNSUPPORTED',
  InvalidParameterException: 'MANIFEST_INVALID',
  LayersNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
  ReferencedImagesNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
  LayerInUse: 'UNSUPPORTED',
  UploadNotFoundException: 'BLOB_UPLOAD_UNKNOWN',
  UploadBusy: 'TOOMANYREQUESTS',
  InvalidLayerPartException: 'BLOB_UPLOAD_INVALID',
  InvalidLayerException: 'DIGEST_INVALID',
  LimitExceededException: 'DENIED',
}

/** Undefined when the error is not an answer but a fault. */
export function registryErrorOf(error: unknown): RegistryError | undefined {
  if (error instanceof RegistryError) return error
  if (error instanceof AccessDenied) return new RegistryError('DENIED', error.message)
  const code = error instanceof ServiceError ? translations[error.code] : undefined
  return code && new RegistryError(code, (error as Error).message)
}

/** The one place that writes an error (OCI Distribution 1.1, Error Codes). */
export function writeRegistryError(response: ServerResponse, error: RegistryError, withBody: boolean): void {
  const body = JSON.stringify({ errors: [{ code: error.code, message: error.message }] })
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value)
  response.writeHead(error.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(withBody ? body : undefined)
}
