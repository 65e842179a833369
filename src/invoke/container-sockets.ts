import { clock } from '../ground/clock.ts'
import { ContainerConnection } from './container-connection.ts'

/** Connections to containers, kept for a while. */
export interface ContainerSockets {
  /** One to `HOST:PORT` that is kept. */
  kept(host: string): ContainerConnection | undefined
  /** A new one. Rejects as connecting does. */
  open(host: string): Promise<ContainerConnection>
  /** It has answered all that it was asked, and may be kept so long. */
  give(host: string, connection: ContainerConnection, idleMs: number): void
  close(): void
}

const lookMs = 500

export function createContainerSockets(): ContainerSockets {
  const idle = new Map<string, ContainerConnection[]>()

  const isGood = (one: ContainerConnection, now: number): boolean => one.isOpen && one.keptUntil > now

  clock.every(lookMs, () => {
    const now = clock.elapsed()
    for (const [host, mine] of idle) {
      const good = mine.filter(one => isGood(one, now))
      for (const one of mine) if (!isGood(one, now)) one.destroy()
      if (good.length > 0) idle.set(host, good)
      else idle.delete(host)
    }
  })

  return {
    kept(host) {
      const mine = idle.get(host)
      const now = clock.elapsed()
      for (let one = mine?.pop(); one; one = mine?.pop()) {
        if (isGood(one, now)) return one
        one.destroy()
      }
      return undefined
    },
    open: host => ContainerConnection.open(host),
    give(host, connection, idleMs) {
      connection.keptUntil = clock.elapsed() + idleMs
      const mine = idle.get(host)
      if (mine) mine.push(connection)
      else idle.set(host, [connection])
    },
    close() {
      for (const mine of idle.values()) for (const one of mine) one.destroy()
      idle.clear()
    },
  }
}
