import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Registry } from 'prom-client'
import { createRateLimit } from './rate-limit.ts'
import type { RawHandler } from './raw-routes.ts'

export interface OwnRoutes {
  /** More to tell in `/healthz`; when it throws, the answer is 503. */
  readonly health?: (() => Promise<Record<string, unknown>>) | undefined
  /** What keeps the server from taking requests, although it lives; undefined when nothing does. */
  readonly unready?: (() => Promise<string | undefined>) | undefined
  /** Who shows it may read `/metrics` and the details of `/healthz`; everybody when absent. */
  readonly metricsToken?: string | undefined
}

/** Readings a second of each of the two, whoever asks: they cost more than they tell when they are asked more often. */
const seldom = 10

/** `/healthz`: 200 while the server does its work, else 503 with the reason. */
export function healthHandler({ health, metricsToken }: OwnRoutes): RawHandler {
  const limit = createRateLimit(seldom)
  return async (request, response) => {
    if (!limit.take('')) return void response.writeHead(429, { 'retry-after': '1' }).end()
    const answer = await facts(health)
    const shown = mayRead(request, metricsToken) ? answer.facts : { status: answer.facts.status }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(shown))
  }
}

/** `/readyz`: 200 while requests are taken, else 503, for whoever balances them over servers: with a reason, if that may be read. */
export function readyHandler({ unready, metricsToken }: OwnRoutes): RawHandler {
  const limit = createRateLimit(seldom)
  return async (request, response) => {
    if (!limit.take('')) return void response.writeHead(429, { 'retry-after': '1' }).end()
    const reason = await unready?.().catch((error: Error) => error.message)
    const told = reason === undefined ? { status: 'ready' } : { status: 'not ready', reason }
    const shown = mayRead(request, metricsToken) ? told : { status: told.status }
    const status = reason === undefined ? 200 : 503
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(shown))
  }
}

async function facts(health: OwnRoutes['health']): Promise<{ status: number; facts: Record<string, unknown> }> {
  try {
    return { status: 200, facts: { status: 'ok', ...(await health?.()) } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { status: 503, facts: { status: 'failing', reason } }
  }
}

/** `/metrics` in Prometheus's text format. */
export function metricsHandler(registry: Registry, { metricsToken }: OwnRoutes): RawHandler {
  const limit = createRateLimit(seldom)
  return async (request, response) => {
    if (!mayRead(request, metricsToken))
      return void response.writeHead(401, { 'www-authenticate': 'Bearer realm="metrics"' }).end()
    if (!limit.take('')) return void response.writeHead(429, { 'retry-after': '1' }).end()
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType }).end(text)
  }
}

function mayRead({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true
  const shown = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
  // Of equal length, whatever was shown.
  return timingSafeEqual(hash('sha256', shown, 'buffer'), hash('sha256', token, 'buffer'))
}
