import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'

/** Answers CONNECT from containers. `holder` names the container: each has a share of what is open at a time. */
export type OpenTunnel = (request: IncomingMessage, client: Duplex, head: Buffer, holder: string) => void

/** Open at a time, for one container. */
const mostOpen = 64
const idleMs = 600_000

/**
 * Tunnels to the hosts that the operator has named, `HOST:PORT` each, and to nothing else: 403 for what is not among them, 429 for more at
 * a time than a container may have, 502 for who does not answer. Names are looked up here, since containers know none.
 */
export function createContainerTunnels(hosts: ReadonlySet<string>): OpenTunnel {
  const open = new Map<string, number>()
  const count = (holder: string, more: 1 | -1): void => {
    const next = (open.get(holder) ?? 0) + more
    if (next > 0) open.set(holder, next)
    else open.delete(holder)
  }

  return ({ url = '' }, client, head, holder) => {
    client.on('error', () => client.destroy())
    const target = url.toLowerCase()
    if (!hosts.has(target))
      return refuse(client, '403 Forbidden', `${target} is none of the hosts that containers may reach here.`)
    if ((open.get(holder) ?? 0) >= mostOpen)
      return refuse(client, '429 Too Many Requests', `${mostOpen} connections are open.`)
    count(holder, 1)
    const far = connectTo(target)
    far.once('close', () => count(holder, -1))
    // Until then nobody has said that there is a way.
    const fail = (error: Error) => refuse(client, '502 Bad Gateway', `${target} does not answer: ${error.message}`)
    far.once('error', fail)
    client.once('close', () => far.destroy())
    far.once('connect', () => {
      far.off('error', fail)
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (head.length > 0) far.write(head)
      pipeline(client, far, () => {})
      pipeline(far, client, () => {})
    })
  }
}

function connectTo(target: string): Socket {
  const colon = target.lastIndexOf(':')
  const host = target.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const far = connect({ host, port: Number(target.slice(colon + 1)) })
  far.setTimeout(idleMs, () => far.destroy(new Error('nothing was said for ten minutes')))
  return far
}

function refuse(client: Duplex, status: string, why: string): void {
  const body = `${why}\n`
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n`
  client.end(`${head}\r\n${body}`)
}
