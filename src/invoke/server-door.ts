import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Place } from './plane-messages.ts'

/** The port of invocations as the server itself listens on it: while there are no workers, or never any. */
export interface ServerDoor {
  readonly place: Place
  /** Resolves when connections are taken. */
  open(): Promise<void>
  /** What is connected stays so: resolves when all of that has ended. */
  close(): Promise<void>
}

/** Where the port should be. */
export interface WishedPlace {
  readonly place: Place
  /** Whether no other one will do. */
  readonly isRequired: boolean
  /** Whether who listens there already are workers of this installation. */
  readonly isOurs: boolean
}

/** Finds the place. Throws an Error that names the flag when one that is required is taken. */
export async function openServerDoor(
  gateway: HttpServer,
  { place: { host, port }, isRequired, isOurs }: WishedPlace,
): Promise<ServerDoor> {
  let server: Server | undefined
  const listen = async (at: number): Promise<Server> => {
    const next = createServer({ noDelay: true }, socket => void gateway.emit('connection', socket))
    next.listen({ host, port: at, reusePort: true })
    await once(next, 'listening')
    return next
  }
  const free = isOurs || (port < 65_536 && (await isFree(host, port)))
  if (!free && isRequired)
    throw new Error(`Port ${port} of ${host} is taken. Give --invoke-port another one; 0 takes any that is free.`)
  server = await listen(free ? port : 0)
  const place = { host, port: (server.address() as AddressInfo).port }
  return {
    place,
    async open() {
      server ??= await listen(place.port)
    },
    async close() {
      const closing = server?.close()
      server = undefined
      if (closing) await once(closing, 'close')
    },
  }
}

/** Whether nobody listens there: a port that is shared out (`reusePort`) would be shared with a stranger of the same user. */
async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer().listen(port, host)
  try {
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
