import { createBoundedCache } from '../ground/bounded-cache.ts'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { type Caller, weighIdentity } from '../iam/leave.ts'

/** Who signs with which key, as the control plane said last. */
export interface KnownCallers {
  /** Undefined when nobody does. Throws ServiceUnavailable when it is not known and cannot be asked. */
  get(accessKeyId: string): Promise<Caller | undefined>
  /** The same, when it can be told at once. */
  known(accessKeyId: string): Caller | undefined
  /** All of it may be wrong: nothing is believed that was asked before. Those who are busy are asked for anew at once. */
  forget(): void
}

interface Entry {
  readonly caller: Caller
  /** When it was asked for. */
  readonly asked: number
}

/** What another process changes (the command line) is heard of after so many milliseconds: changes of the server's own are told. */
const freshMs = 1000
/** Of those who have signed since the last change, so many are asked for before anybody asks. */
const mostBusy = 1000

/** `ask` is a question to the control plane. While it cannot be reached, what is known stays. */
export function createKnownCallers(ask: (accessKeyId: string) => Promise<Caller | undefined>): KnownCallers {
  const entries = createBoundedCache<string, Entry>(
    (key, { caller: { identity } }) => key.length + 1000 + (identity ? weighIdentity(identity) : 0),
  )
  const asking = new Map<string, Promise<Caller | undefined>>()
  const busy = new Set<string>()
  let generation = 0

  async function fetch(key: string): Promise<Caller | undefined> {
    for (;;) {
      const [before, asked] = [generation, clock.elapsed()]
      const caller = await ask(key)
      // What was read before a change is not what holds after it.
      if (before !== generation) continue
      entries.delete(key)
      if (caller) entries.set(key, { caller, asked })
      return caller
    }
  }

  function askOnce(key: string): Promise<Caller | undefined> {
    const begun = asking.get(key)
    if (begun) return begun
    const asked = fetch(key).finally(() => asking.delete(key))
    asking.set(key, asked)
    return asked
  }

  function known(key: string): Caller | undefined {
    const entry = entries.get(key)
    if (!entry) return undefined
    if (busy.size < mostBusy) busy.add(key)
    if (clock.elapsed() - entry.asked > freshMs && !asking.has(key)) askOnce(key).catch(() => {})
    return entry.caller
  }

  return {
    known,
    async get(key) {
      const caller = known(key)
      if (caller) return caller
      try {
        return await askOnce(key)
      } catch (error) {
        if (error instanceof ServiceError) throw error
        throw new ServiceError('ServiceUnavailable', 'Who signs cannot be looked up now. Please try again.', {
          status: 503,
        })
      }
    },
    forget() {
      generation++
      entries.clear()
      const again = [...busy]
      busy.clear()
      for (const key of again) askOnce(key).catch(() => {})
    },
  }
}
