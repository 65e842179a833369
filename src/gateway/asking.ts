import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { MemoryClaim } from '../ground/memory-budget.ts'
import type { Claim } from '../protocol/claim.ts'
import type { WireRequest } from '../protocol/message.ts'
import type { Access } from '../service/access.ts'
import { isByTls } from '../service/by-tls.ts'
import type { Context, Platform } from '../service/context.ts'
import type { Signing, Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import { contextOf } from '../service/service.ts'
import { createContext } from './request-context.ts'
import type { Served } from './served.ts'

export interface Asked {
  readonly platform: Platform
  readonly served: Served
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly principal: Principal
  readonly region: string
  readonly memory: MemoryClaim
  /** Absent when nobody signed. */
  readonly signing?: Signing | undefined
}

/** A principal at a service: the context in which operations run, and the leave that they need. */
export interface Asking {
  /** What leave was asked for, also where it was refused. */
  readonly asked: readonly Access[]
  contextFor(request: Pick<WireRequest, 'headers'>): Context
  /** Throws when a policy denies, or none allows, what the operation asks leave for. */
  permit(operation: string, input: Record<string, unknown>, ctx: Context): Promise<void>
}

export function createAsking({
  platform,
  served,
  incoming,
  response,
  requestId,
  principal,
  region,
  memory,
  signing,
}: Asked): Asking {
  const { service, scope } = served
  const surroundings = { ...surroundingsOf(incoming, region, platform.url), signing }
  const asked: Access[] = []
  return {
    asked,
    contextFor({ headers }) {
      const request = { requestId, principal, region, scope, headers, response, surroundings, memory }
      return contextOf(service, createContext(platform, request))
    },
    async permit(operation, input, ctx) {
      const asks = (await service.operations[operation]?.access(input, ctx, operation)) ?? []
      for (const each of asks) {
        asked.push(each)
        await platform.iam.authorize(principal, each, surroundings)
      }
    },
  }
}

const told = new WeakMap<object, string>()

/** Of a connection by which another server hands on what comes from there. */
export const tellSourceIp = (socket: Socket, address: string): void => void told.set(socket, address)

/** Whence a request comes, an IPv4 address as such. */
export const sourceIp = (socket: Pick<Socket, 'remoteAddress'>): string =>
  told.get(socket) ?? (socket.remoteAddress ?? '').replace(/^::ffff:/, '')

function surroundingsOf(request: IncomingMessage, region: string, url: string): Surroundings {
  const { socket, headers } = request
  return {
    sourceIp: sourceIp(socket),
    secure: isByTls(request, url),
    region,
    userAgent: headers['user-agent'],
    referer: headers.referer,
  }
}

/** How the sender of a request signed it. */
export function signingOf(claim: Claim, { headers }: Pick<WireRequest, 'headers'>): Signing {
  if (claim.version === 2) return { version: 'AWS', type: 'REST-QUERY-STRING' }
  const { presigned, time } = claim
  const signed = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const content = headers['x-amz-content-sha256'] ?? (presigned ? 'UNSIGNED-PAYLOAD' : undefined)
  return { version: 'AWS4-HMAC-SHA256', type: presigned ? 'REST-QUERY-STRING' : 'REST-HEADER', signed, content }
}
