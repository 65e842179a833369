import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { clock } from '../ground/clock.ts'

/** Connections to containers, kept for a while. */
export interface ContainerSockets {
  /** One to `HOST:PORT`: kept, or new. Rejects as connecting does. */
  take(host: string): Promise<Socket>
  /** It has answered all that it was asked, and may be kept so long. */
  give(host: string, socket: Socket, idleMs: number): void
  close(): void
}

const connectMs = 2000

export function createContainerSockets(): ContainerSockets {
  const idle = new Map<string, Socket[]>()

  async function open(host: string): Promise<Socket> {
    const colon = host.lastIndexOf(':')
    const name = host.slice(0, colon).replace(/^\[|\]$/g, '')
    const socket = connect({ host: name, port: Number(host.slice(colon + 1)), noDelay: true })
    using _ = clock.after(connectMs, () =>
      socket.destroy(Object.assign(new Error('no connection'), { code: 'UND_ERR_CONNECT_TIMEOUT' })),
    )
    await once(socket, 'connect')
    const drop = () => dropIdle(host, socket)
    // Whatever it says while nobody has asked it anything ends it; who asks listens besides.
    for (const event of ['timeout', 'data', 'end', 'close', 'error']) socket.on(event, drop)
    return socket
  }

  function dropIdle(host: string, socket: Socket): void {
    const mine = idle.get(host)
    const at = mine?.indexOf(socket) ?? -1
    if (at < 0) return
    mine?.splice(at, 1)
    if (mine?.length === 0) idle.delete(host)
    socket.destroy()
  }

  return {
    async take(host) {
      const socket = idle.get(host)?.pop()
      if (!socket) return open(host)
      socket.setTimeout(0)
      return socket
    },
    give(host, socket, idleMs) {
      if (socket.destroyed || !socket.writable) return
      socket.setTimeout(idleMs)
      const mine = idle.get(host)
      if (mine) mine.push(socket)
      else idle.set(host, [socket])
    },
    close() {
      for (const mine of idle.values()) for (const socket of [...mine]) socket.destroy()
    },
  }
}
