import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that keeps what it gets, in order, and answers as it is told. For tests only. */
export async function openReceiver() {
  const received: Received[] = []
  const behaviour: { answer(response: ServerResponse, got: Received): void } = { answer: response => response.end() }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const got = { headers: request.headers, body: Buffer.concat(chunks).toString() }
    received.push(got)
    behaviour.answer(response, got)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...{ received, behaviour, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    /** Of one type, as JSON. */
    documents: (type: string) =>
      received
        .filter(({ headers }) => headers['x-amz-sns-message-type'] === type)
        .map(({ body }) => JSON.parse(body) as Record<string, string>),
    [Symbol.dispose]: () => void server.close().closeAllConnections(),
  }
}
