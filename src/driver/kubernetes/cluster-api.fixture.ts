import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createKubeClient } from './kube-client.ts'

export interface ApiCall {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What stands where a cluster's API does: answers what `answer` says, or what it writes itself; undefined is NotFound. */
export const clusterApi = async (answer: (call: ApiCall, response: ServerResponse) => unknown) => {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    const sent = await text(request)
    const query = Object.fromEntries(url.searchParams)
    const body = sent ? JSON.parse(sent) : undefined
    const said = answer({ method: request.method ?? '', path: url.pathname, query, body }, response)
    if (response.headersSent) return
    if (said === undefined) response.writeHead(404)
    response.end(JSON.stringify(said ?? { reason: 'NotFound', message: 'not found' }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createKubeClient({ server: address, namespace: 'jobs', token: async () => undefined })
  return {
    ...{ address, client },
    close: async () => {
      await client.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
