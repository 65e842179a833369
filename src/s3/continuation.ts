import { type Paging, paging } from '../service/page.ts'
import { s3Error } from './s3-error.ts'

/** Pages of a listing by continuation tokens. Throws InvalidArgument for a token of another listing or of nobody's making. */
export const continuation = (listing: readonly unknown[], token: string | undefined): Paging<string> =>
  paging<string>(listing, token, () =>
    s3Error(
      'InvalidArgument',
      { ArgumentName: 'continuation-token', ArgumentValue: token ?? '' },
      'The continuation token provided is incorrect',
    ),
  )
