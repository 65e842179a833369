/** A server that others have given up for dead commits nothing, whatever it still believes. */
export interface Fence {
  /** What a transaction asks as it begins. It keeps the row there until the transaction ends, and lets it be changed. */
  question(): string
  /** Throws a ServerLost unless the question had a row for an answer. */
  require(rows: number | null | undefined): void
}

/** What PostgreSQL calls a server's connections by (`pg_stat_activity`), for whoever ends them. */
export const connectionsOf = (server: string): string => `modelmart ${server}`

/** Others have given this server up for dead, and may be at its work. It is to end. */
export class ServerLost extends Error {}

/** Of whoever is no server. */
export const noFence: Fence = { question: () => '', require() {} }

const reason = 'other servers on the database have not heard from this one, and may be at its work'

/** Nothing is asked until it is raised: whoever is no server has no row. */
export function createFence(server: string): Fence & { raise(lost: (reason: string) => void): void } {
  let onLost: ((reason: string) => void) | undefined
  let isLost = false
  return {
    raise(lost) {
      onLost = lost
    },
    question: () => (onLost ? `; select 1 from server where name = '${server}' for key share` : ''),
    require(rows) {
      if (!onLost || rows) return
      if (!isLost) onLost(reason)
      isLost = true
      throw new ServerLost(reason)
    },
  }
}
