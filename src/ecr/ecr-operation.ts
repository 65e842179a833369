import type * as Sdk from '@aws-sdk/client-ecr'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import type { AuthorizationTokens } from './authorization-token.ts'
import { ecrErrors } from './ecr-errors.ts'
import type { LayerUploads } from './layer-upload.ts'
import type { LayerUrls } from './layer-url.ts'

/** What operations of ECR find in their context besides the platform. */
export interface EcrParts {
  readonly tokens: AuthorizationTokens
  readonly uploads: LayerUploads
  readonly urls: LayerUrls
  /** Throws an Error that says what is wrong with the text of a resource's policy. */
  readonly checkPolicy: (text: string) => void
}

/** An operation of ECR by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  EcrParts
>

/** One page of a listing in the order of a text cursor; `scope` names the listing. */
export interface Page {
  readonly limit: number
  /** Where the page before ended; empty for the first. */
  readonly after: string
  /** The token of the next page, when there was one item more than `limit`. */
  next(seen: number, cursor: () => string): string | undefined
  /** The token of a page that begins after this. */
  token(cursor: string): string
}

/** Reads `maxResults` (1 to 1000, 100 unless told) and `nextToken`, which must be of the same listing. */
export function pageOf(
  ctx: Context,
  operation: string,
  input: { maxResults?: number; nextToken?: string },
  listing: unknown,
): Page {
  const pages = paging<string>(['ecr', ctx.account, ctx.region, operation, listing], input.nextToken, () =>
    ecrErrors.invalidParameter('nextToken', 'Invalid next token'),
  )
  const limit = input.maxResults ?? 100
  return {
    limit,
    after: pages.after ?? '',
    next: (seen, cursor) => (seen > limit ? pages.token(cursor()) : undefined),
    token: pages.token,
  }
}
