import { ServiceError } from '../../ground/errors.ts'
import { type Paging, paging } from '../../service/page.ts'

/**
 * Pages of the Discovery API, whose tokens are of the base64 alphabet, not of its URL form. A token of another listing is refused with
 * AWS's reason.
 */
export function discoveryPaging<Cursor>(
  listing: readonly unknown[],
  token: string | undefined,
): Pick<Paging<Cursor>, 'after' | 'token'> {
  const pages = paging<Cursor>(listing, token?.replaceAll('+', '-').replaceAll('/', '_'), message =>
    invalid(message, 'INVALID_PAGINATION_TOKEN'),
  )
  return { after: pages.after, token: cursor => pages.token(cursor).replaceAll('-', '+').replaceAll('_', '/') }
}

export const invalid = (message: string, reason = 'MALFORMED_REQUEST_PARAMETERS'): ServiceError =>
  new ServiceError('ValidationException', message, { fields: { reason } })
