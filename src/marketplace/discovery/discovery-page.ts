import { ServiceError } from '../../ground/errors.ts'
import { decodePageToken, encodePageToken } from '../../service/page.ts'

/** The Discovery API's tokens are of the base64 alphabet, not of its URL form. */
export const discoveryToken = (scope: string, cursor: unknown): string =>
  encodePageToken(scope, cursor).replaceAll('-', '+').replaceAll('_', '/')

/** The cursor of a token; undefined for none. Throws ValidationException with AWS's reason. */
export function discoveryCursor(scope: string, token: string | undefined): unknown {
  if (token === undefined) return undefined
  try {
    return decodePageToken(scope, token.replaceAll('+', '-').replaceAll('/', '_'))
  } catch (error) {
    throw invalid((error as Error).message, 'INVALID_PAGINATION_TOKEN')
  }
}

export const invalid = (message: string, reason = 'MALFORMED_REQUEST_PARAMETERS'): ServiceError =>
  new ServiceError('ValidationException', message, { fields: { reason } })
