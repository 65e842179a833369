import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WireResponse } from '../protocol/message.ts'

/** Writes a response; resolves when a streaming body has gone out whole and rejects when it breaks, with the connection cut. */
export async function respond(response: ServerResponse, { status, headers, body }: WireResponse): Promise<void> {
  if (body instanceof Readable) {
    response.writeHead(status, headers)
    return pipeline(body, response)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (response.req.method === 'HEAD' || status === 204 || status === 304) {
    response.writeHead(status, headers).end()
    return
  }
  headers['content-length'] ??= String(bytes?.byteLength ?? 0)
  response.writeHead(status, headers).end(bytes)
}
