import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a database that may lose a commit, or the answer to it, and the connection with it. */
export interface LosingWay {
  /** The database's URL by this way. */
  readonly url: string
  /** Loses the answers to so many commits from now on, which are made. */
  lose(commits: number): void
  /** Loses the answer to the next one, and is no way any more. */
  end(): void
  /** Loses the first commit of the next connection that says `commit` in words: later ones say it by number. */
  undo(): void
  close(): void
}

/** What PostgreSQL answers to `commit` (PostgreSQL 15, 55.7, CommandComplete). */
const committed = Buffer.from('COMMIT\0')

/** What a client has prepared, once a connection. */
const commit = Buffer.from('commit\0')

export async function openLosingWay(database: string): Promise<LosingWay> {
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let [toLose, toUndo, isEnding] = [0, 0, false]
  const way = createServer(client => {
    const server = connect(Number(port), hostname)
    for (const [one, other] of [[client, server] as const, [server, client] as const]) {
      sockets.add(one)
      one.on('error', () => {}).once('close', () => other.destroy())
    }
    client.on('data', (chunk: Buffer) => {
      if (toUndo === 0 || !chunk.includes(commit)) return void server.write(chunk)
      toUndo--
      server.destroy()
    })
    server.on('data', (chunk: Buffer) => {
      if (toLose === 0 || !chunk.includes(committed)) return void client.write(chunk)
      toLose--
      client.destroy()
      if (isEnding) close()
    })
  }).listen(0, '127.0.0.1')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    way.close()
  }
  await once(way, 'listening')
  const url = new URL(database)
  url.host = `127.0.0.1:${(way.address() as AddressInfo).port}`
  return {
    url: url.href,
    lose(commits) {
      toLose = commits
    },
    end() {
      toLose = 1
      isEnding = true
    },
    undo() {
      toUndo = 1
    },
    close,
  }
}
