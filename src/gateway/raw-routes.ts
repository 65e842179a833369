import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WireRequest } from '../protocol/message.ts'

/** Answers what is no AWS call: the OCI registry, the console. An error it throws is answered with 500 and logged. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface RawRoute {
  readonly name: string
  readonly prefix: string
  readonly handler: RawHandler
}

/**
 * The route of a path that is not AWS's, by table. A request that is signed is never taken: a bucket may be called `console`.
 */
export function rawRouteOf(
  routes: readonly RawRoute[],
  { path, query, headers }: Pick<WireRequest, 'path' | 'query' | 'headers'>,
): RawRoute | undefined {
  if (headers.authorization?.startsWith('AWS4-') || /(^|&)(X-Amz-Signature|AWSAccessKeyId)=/.test(query))
    return undefined
  return routes.find(({ prefix }) => (prefix.endsWith('/') ? `${path}/`.startsWith(prefix) : path === prefix))
}
