import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { sourceIp } from '../gateway/asking.ts'
import { discard, holdAnswer, openExchange, releaseWhenOut } from '../gateway/exchange.ts'
import { respond } from '../gateway/respond.ts'
import { sayTransportSecurity } from '../gateway/transport-security.ts'
import { requireFewHeaders } from '../gateway/wire-headers.ts'
import { ServiceError } from '../ground/errors.ts'
import { restJson } from '../protocol/rest-json.ts'
import type { AnswerInvocation, Arrived } from './answer-invocation.ts'

/** As in the server (`gateway.ts`). */
const bounds = {
  ...{ headersTimeout: 20_000, requestTimeout: 0, keepAliveTimeout: 75_000 },
  maxHeaderSize: 32 * 1024,
  highWaterMark: 16 * 1024,
}

/** Node's own HTTP server, not listening: it takes connections that it is given (`emit('connection', socket)`). */
export function createNodeDoor(answer: AnswerInvocation): Server {
  const server = createServer(bounds)
  const take = (incoming: IncomingMessage, response: ServerResponse) => void serve(answer, incoming, response, false)
  server.on('request', take)
  // None is dropped silently; `requireFewHeaders` refuses many.
  server.maxHeadersCount = 0
  // Limits of time are looked after from here on: it never listens by itself.
  server.emit('listening')
  server.on('checkExpectation', take)
  server.on('checkContinue', (incoming, response) => void serve(answer, incoming, response, true))
  return server
}

async function serve(
  answer: AnswerInvocation,
  incoming: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  const exchange = openExchange(incoming, response, waits)
  const { request, requestId, proceed } = exchange
  const gone = new AbortController()
  response.once('close', () => response.writableFinished || gone.abort())
  sayTransportSecurity(incoming, response)
  const arrived: Arrived = {
    ...{ request, requestId, incoming, proceed, signal: () => gone.signal },
    sourceIp: sourceIp(incoming.socket),
    isSecure: 'encrypted' in incoming.socket,
  }
  try {
    requireFewHeaders(incoming, 'json')
    const given = await answer(arrived)
    if (response.destroyed || (incoming.destroyed && !incoming.complete)) response.destroy()
    else {
      Object.assign(exchange, { memory: arrived.memory })
      holdAnswer(exchange, given)
      if (!incoming.complete && !(Number(request.headers['content-length']) < mostDiscarded))
        response.shouldKeepAlive = false
      await respond(response, given)
    }
  } catch (error) {
    if (error instanceof ServiceError && !response.headersSent)
      await respond(response, restJson.serializeError({ model: undefined, request, requestId }, error)).catch(() => {})
    else response.destroy()
  }
  releaseWhenOut(exchange)
  discard(incoming)
}

const mostDiscarded = 64 * 1024 * 1024
