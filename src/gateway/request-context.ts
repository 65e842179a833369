import type { ServerResponse } from 'node:http'
import type { MemoryClaim } from '../ground/memory-budget.ts'
import type { Context, Platform } from '../service/context.ts'
import type { Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'

interface Asked {
  readonly requestId: string
  readonly principal: Principal
  readonly region: string
  /** The service's name in ARNs. */
  readonly scope: string
  readonly headers: Context['headers']
  readonly response: ServerResponse
  readonly surroundings: Surroundings
  readonly memory: MemoryClaim
}

/** Services whose resources are the same in every region. */
const global: ReadonlySet<string> = new Set(['iam', 'sts'])

function abortedWith(response: ServerResponse): AbortController {
  const gone = new AbortController()
  const end = () => {
    if (!response.writableFinished) gone.abort()
  }
  if (response.closed) end()
  else response.once('close', end)
  return gone
}

/** Builds the context of one request. Its signal ends when the connection closes before the answer is out. */
export function createContext(platform: Platform, asked: Asked): Context {
  const { requestId, principal, region, scope, headers, response, surroundings, memory } = asked
  const { iam } = platform
  let gone: AbortController | undefined
  const place = `${scope}:${global.has(scope) ? '' : region}:${principal.account}`
  return {
    ...platform,
    // What an operation itself asks leave for, such as each key of a DeleteObjects, comes from the same place.
    iam: { ...iam, authorize: (who, access, from = surroundings) => iam.authorize(who, access, from) },
    requestId,
    principal,
    account: principal.account,
    region,
    headers,
    memory,
    // Made when asked for: most requests are over before anyone could.
    get signal() {
      gone ??= abortedWith(response)
      return gone.signal
    },
    arn: (type, name) => `arn:aws:${place}:${type}/${name}`,
  }
}
