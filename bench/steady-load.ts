import { type Connection, isFine, open } from './load.ts'

/** Of AWS's clients, in their standard mode. */
const mostTries = 3

/** How requests have fared since the load began. */
export interface Fared {
  readonly answered: number
  /** Attempts whose connection broke before the answer was there; each was made once more. */
  readonly again: number
  /** What was answered by an error, or broke as often as clients try. */
  readonly failed: number
}

export interface SteadyLoad {
  sofar(): Fared
  /** What the first failures were answered. */
  reasons(): readonly string[]
  end(): Promise<void>
}

/**
 * Asks on so many connections, one request at a time on each, until it is told to end: as AWS's clients do, which ask once more where a connection breaks.
 * An error is an answer here, and counted.
 */
export function startSteadyLoad(url: string, connections: number, next: () => Buffer): SteadyLoad {
  const fared = { answered: 0, again: 0, failed: 0 }
  const reasons: string[] = []
  let goesOn = true
  const fail = (reason: string) => {
    fared.failed++
    if (reasons.length < 5) reasons.push(reason)
  }

  async function lane(): Promise<void> {
    let connection: Connection | undefined
    let status = 0
    const accepts = (told: number) => {
      status = told
      return true
    }
    const { hostname, port } = new URL(url)
    for (let tries = 1; goesOn; )
      try {
        connection ??= await open(hostname, Number(port), accepts)
        const kept = await connection.exchange(next())
        if (isFine(status)) fared.answered++
        else fail(`status ${status}`)
        tries = 1
        if (kept) continue
        connection.socket.destroy()
        connection = undefined
      } catch (error) {
        connection?.socket.destroy()
        connection = undefined
        fared.again++
        if (++tries <= mostTries) continue
        fail((error as Error).message)
        tries = 1
      }
    connection?.socket.destroy()
  }

  const all = Promise.all(Array.from({ length: connections }, lane))
  return {
    sofar: () => ({ ...fared }),
    reasons: () => reasons,
    async end() {
      goesOn = false
      await all
    },
  }
}
