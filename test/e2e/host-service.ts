import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

/** An ordinary TCP service of this machine that answers anybody on any address, and remembers whom. */
export interface HostService {
  readonly port: number
  /** Addresses of who has connected. */
  readonly visitors: readonly string[]
  close(): void
}

/** Listens on every address at a free port, or on one address at a given port. */
export async function openHostService(port = 0, address = '::'): Promise<HostService> {
  const visitors: string[] = []
  const server = createServer(socket => {
    visitors.push(socket.remoteAddress ?? 'somebody')
    socket.on('error', () => undefined).end('hello\n')
  })
  server.listen(port, address)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, visitors, close: () => server.close() }
}

/** Every IPv4 address of this machine except loopback, those of the engines' bridges among them. */
export const hostAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
