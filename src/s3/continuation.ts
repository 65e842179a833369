import { decodePageToken, encodePageToken } from '../service/page.ts'
import { s3Error } from './s3-error.ts'

/** A continuation token of this listing. */
export const writeToken = (scope: string, cursor: unknown): string => encodePageToken(scope, cursor)

/** Where the listing goes on. Throws InvalidArgument for a token of another listing or of nobody's making. */
export function readToken(scope: string, token: string): unknown {
  try {
    return decodePageToken(scope, token)
  } catch {
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'continuation-token', ArgumentValue: token },
      'The continuation token provided is incorrect',
    )
  }
}
