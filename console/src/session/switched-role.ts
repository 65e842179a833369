/** The colours that AWS's console offers. */
export const roleColors = ['none', 'red', 'orange', 'yellow', 'green', 'blue'] as const

/** A role that somebody works as; nothing of it is a secret. */
export interface SwitchedRole {
  /** Number of the account that has the role. */
  readonly account: string
  /** With its path, where it has one. */
  readonly name: string
  readonly displayName: string
  readonly color: (typeof roleColors)[number]
}

interface Kept {
  /** ARN of whoever has switched: nobody else has their roles. */
  readonly from: string
  readonly current?: SwitchedRole | undefined
  /** The last first. */
  readonly recent: readonly SwitchedRole[]
}

const key = 'switched-roles'
const mostRecent = 5
const nothing: Kept = { from: '', recent: [] }

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Kept>
    return Array.isArray(kept.recent) ? { ...nothing, ...kept } : nothing
  } catch {
    return nothing
  }
}

const write = (kept: Kept): void => localStorage.setItem(key, JSON.stringify(kept))
const isSame = (one: SwitchedRole, other: SwitchedRole) => one.account === other.account && one.name === other.name

/** What somebody has switched to, in whichever tab. */
export const roleOf = (from: string): SwitchedRole | undefined => {
  const kept = read()
  return kept.from === from ? kept.current : undefined
}

/** The roles that somebody has switched to lately. */
export const recentRoles = (from: string): readonly SwitchedRole[] => {
  const kept = read()
  return kept.from === from ? kept.recent : []
}

export function keepRole(from: string, role: SwitchedRole): void {
  const recent = [role, ...recentRoles(from).filter(other => !isSame(other, role))].slice(0, mostRecent)
  write({ from, current: role, recent })
}

/** Switches back; which roles there were is kept for whoever had them. */
export function forgetRole(): void {
  const kept = read()
  if (kept.current) write({ ...kept, current: undefined })
}
