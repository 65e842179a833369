import { ValidationException } from '../ground/errors.ts'
import { decodePageToken } from '../service/page-token.ts'
import { invalidParameter } from './logs-error.ts'

/** As `decodePageToken`, with the error of this API: InvalidParameterException "The specified nextToken is invalid." */
export function readPageToken(scope: string, token: string): unknown {
  try {
    return decodePageToken(scope, token)
  } catch (error) {
    if (error instanceof ValidationException) throw invalidParameter('The specified nextToken is invalid.')
    throw error
  }
}
