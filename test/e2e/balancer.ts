import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Gives each connection to the next of the servers, and knows nothing of what it carries; one that nobody takes goes to the one after. */
export async function openBalancer() {
  let ports: readonly number[] = []
  let next = 0
  const carry = (client: Socket, tries = ports.length): void => {
    const server = connect(ports[next++ % ports.length] ?? 1, '127.0.0.1')
    const refused = () => (tries > 1 ? carry(client, tries - 1) : client.destroy())
    server.once('error', refused)
    server.once('connect', () => {
      server.off('error', refused)
      for (const [one, other] of [[client, server] as const, [server, client] as const]) {
        one.on('error', () => {}).once('close', () => other.destroy())
        one.pipe(other)
      }
    })
  }
  const balancer = createServer(client => carry(client.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  return {
    url: `http://localhost:${(balancer.address() as AddressInfo).port}`,
    balance(over: readonly number[]) {
      ports = over
    },
    close: () => void balancer.close(),
  }
}
