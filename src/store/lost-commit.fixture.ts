import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a database that may lose the answer to a commit, and the connection with it. */
export interface LosingWay {
  /** The database's URL by this way. */
  readonly url: string
  /** Loses the answers to so many commits from now on, which are made. */
  lose(commits: number): void
  close(): void
}

/** What PostgreSQL answers to `commit` (PostgreSQL 15, 55.7, CommandComplete). */
const committed = Buffer.from('COMMIT\0')

export async function openLosingWay(database: string): Promise<LosingWay> {
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let toLose = 0
  const way = createServer(client => {
    const server = connect(Number(port), hostname)
    for (const [one, other] of [[client, server] as const, [server, client] as const]) {
      sockets.add(one)
      one.on('error', () => {}).once('close', () => other.destroy())
    }
    client.pipe(server)
    server.on('data', (chunk: Buffer) => {
      if (toLose === 0 || !chunk.includes(committed)) return void client.write(chunk)
      toLose--
      client.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  const url = new URL(database)
  url.host = `127.0.0.1:${(way.address() as AddressInfo).port}`
  return {
    url: url.href,
    lose(commits) {
      toLose = commits
    },
    close() {
      for (const socket of sockets) socket.destroy()
      way.close()
    },
  }
}
