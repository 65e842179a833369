/** Why a body was not taken in: it has too many bytes, comes in too many tiny chunks, or there is no memory for it now. */
export class BodyRefused extends Error {
  readonly reason: 'size' | 'chunks' | 'memory'
  /** Bytes or chunks: the bound that was met. */
  readonly limit: number

  constructor(reason: BodyRefused['reason'], limit: number, message: string) {
    super(message)
    this.name = 'BodyRefused'
    this.reason = reason
    this.limit = limit
  }
}

/** Memory that one body holds, given back as one. */
export interface MemoryClaim {
  /** Takes so many bytes more. Throws BodyRefused (`memory`) when the holder's share or the whole is used up. */
  grow(bytes: number): void
  /** Gives all of it back; harmless a second time. */
  release(): void
}

export interface MemoryBudget {
  /** All that may be held at once, in bytes. */
  readonly total: number
  /** What one holder may have of it. */
  readonly share: number
  /** What is held now. */
  used(): number
  /** How often a body was refused because of it. */
  refusals(): number
  /** A claim of an account, or of a key whose signature is not proven yet: each has a share of its own. */
  claim(holder: string, part?: BudgetPart): MemoryClaim
}

/** One of several shares that somebody has. */
export interface BudgetPart {
  /** Whose all of them are, who together leaves room for others. */
  readonly of: string
  /** Bytes, where it is not as many as other shares. */
  readonly share?: number
}

/**
 * Memory for bodies that are read whole. Whoever uses up a share is refused while the others go on. Nobody, with all of their shares, has more
 * than is free besides, so that however many together take what they can, one that has nothing yet finds room.
 */
export function createMemoryBudget(total: number, share: number): MemoryBudget {
  const byHolder = new Map<string, number>()
  const byOwner = new Map<string, number>()
  let used = 0
  let refusals = 0

  const add = (held: Map<string, number>, name: string, bytes: number): void => {
    const sum = (held.get(name) ?? 0) + bytes
    if (sum === 0) held.delete(name)
    else held.set(name, sum)
  }

  const grow = (holder: string, part: Required<BudgetPart>, bytes: number): void => {
    const free = total - used - bytes
    const own = (byHolder.get(holder) ?? 0) + bytes
    if (own > part.share || (byOwner.get(part.of) ?? 0) + bytes > free) {
      refusals++
      const limit = own > part.share ? part.share : total
      throw new BodyRefused('memory', limit, `Bodies that are being read hold their ${limit} bytes of memory already.`)
    }
    take(holder, part.of, bytes)
  }

  const take = (holder: string, of: string, bytes: number): void => {
    used += bytes
    add(byHolder, holder, bytes)
    add(byOwner, of, bytes)
  }

  return {
    total,
    share,
    used: () => used,
    refusals: () => refusals,
    claim(holder, part) {
      const whole = { share, of: holder, ...part }
      let held = 0
      return {
        grow(bytes) {
          grow(holder, whole, bytes)
          held += bytes
        },
        release() {
          if (held > 0) take(holder, whole.of, -held)
          held = 0
        },
      }
    },
  }
}

const mebibyte = 2 ** 20

/**
 * The process's own: bodies of requests, answers of containers, and large answers that clients have not taken. `/metrics` tells it. A share is twenty of the largest usual invocations,
 * 6 MiB; the whole leaves the rest of the server room in 600 MiB.
 */
export const bodyMemory = createMemoryBudget(320 * mebibyte, 128 * mebibyte)
