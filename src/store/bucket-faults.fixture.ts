import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of a request on its way to a bucket; undefined lets it through. */
export type Fault =
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'flip'; readonly at: number }
  | { readonly kind: 'reset' }
  | undefined

export interface AskedOf {
  readonly method: string
  /** With the query. */
  readonly path: string
}

/** For tests: a way to a bucket on which things go wrong. */
export async function openFaultyWay(endpoint: string) {
  let fault: (asked: AskedOf) => Fault | Promise<Fault> = () => undefined
  const asked: AskedOf[] = []

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = incoming
    asked.push({ method, path })
    const wrong = await fault({ method, path })
    if (wrong?.kind === 'hang') return
    if (wrong?.kind === 'reset') return void incoming.socket.destroy()
    if (wrong?.kind === 'refuse') {
      incoming.resume()
      await once(incoming, 'end')
      const text = `<?xml version="1.0"?><Error><Code>${wrong.code}</Code><Message>as asked</Message></Error>`
      return void response.writeHead(wrong.status, { 'content-type': 'application/xml' }).end(text)
    }
    // This server has told the client to go on already.
    const { expect: _, ...headers } = incoming.headers
    const outgoing = request(new URL(path, endpoint), { method, headers })
    incoming.pipe(outgoing)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    let sent = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (wrong?.kind === 'flip' && sent <= wrong.at && wrong.at < sent + chunk.length)
        chunk.writeUInt8(chunk.readUInt8(wrong.at - sent) ^ 4, wrong.at - sent)
      if (wrong?.kind === 'cut' && sent + chunk.length > wrong.after) {
        response.write(chunk.subarray(0, wrong.after - sent), () => response.destroy())
        return
      }
      sent += chunk.length
      response.write(chunk)
    }
    response.end()
  }

  const server = createServer((incoming, response) => void handle(incoming, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** Until it is said otherwise. */
    set(next: typeof fault) {
      asked.length = 0
      fault = next
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
