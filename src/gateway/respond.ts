import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { sendBody } from '../ground/send-body.ts'
import type { WireResponse } from '../protocol/message.ts'
import { inert } from './inert.ts'

const idle = 60_000

/** A client that takes nothing for a minute of what waits for it is cut off; one whose answer is slow to come is not. */
export function guardReader(response: ServerResponse, milliseconds = idle): void {
  response.setTimeout(milliseconds, () => {
    if (response.socket && response.socket.writableLength > 0) response.destroy()
  })
}

/** Writes an AWS answer, as inert as all of them are; resolves when a streaming body has gone out whole and rejects when it breaks, with the connection cut. */
export async function respond(response: ServerResponse, answer: WireResponse): Promise<void> {
  const { status, body } = answer
  const headers = inOrder(answer.headers)
  if (body instanceof Readable) {
    guardReader(response)
    response.writeHead(status, headers)
    return sendBody(body, response)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (response.req.method === 'HEAD' || status === 204 || status === 304) {
    response.writeHead(status, headers).end()
    return
  }
  headers['content-length'] ??= String(bytes?.byteLength ?? 0)
  response.writeHead(status, headers).end(bytes)
}

/** Behind a length, Node takes a disposition that is not ASCII for one that it cannot write. */
function inOrder(headers: WireResponse['headers']): WireResponse['headers'] {
  const { 'content-disposition': disposition, ...others } = headers
  return { ...(disposition !== undefined && { 'content-disposition': disposition }), ...others, ...inert }
}
