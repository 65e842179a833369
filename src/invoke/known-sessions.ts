import { createBoundedCache } from '../ground/bounded-cache.ts'
import type { SessionKey, SessionPlace, Sessions } from '../runtime/sessions.ts'
import { type Link, LinkBroken } from './link.ts'
import type { ControlAnswers, NewSession } from './plane-messages.ts'

/** Sessions as a worker knows them, which asks the control plane for those that it does not. */
export interface KnownSessions extends Sessions {
  /** It is closed. */
  forget(key: SessionKey): void
  /** The control plane is there again: it is told what it has not heard. */
  tellAgain(): Promise<void>
}

/** Of those that began while the control plane was away. */
const mostUntold = 10_000

const nameOf = ({ endpoint, id }: SessionKey): string => `${endpoint} ${id}`

export function createKnownSessions(link: () => Pick<Link<ControlAnswers>, 'ask'>): KnownSessions {
  const places = createBoundedCache<string, SessionPlace>((name, { logStream }) => 2 * (name.length + logStream.length))
  const untold = new Map<string, NewSession>()
  let closed = 0

  async function fetch(key: SessionKey): Promise<SessionPlace | undefined> {
    for (;;) {
      const before = closed
      const place = await link().ask('findSession', key)
      // It may be the one that was closed meanwhile.
      if (before !== closed) continue
      if (place) places.set(nameOf(key), place)
      return place
    }
  }

  function forget(key: SessionKey): void {
    closed++
    places.delete(nameOf(key))
    untold.delete(nameOf(key))
  }

  /** Until it is told, this worker alone knows of it. */
  async function tell(session: NewSession): Promise<boolean> {
    const name = nameOf(session.key)
    try {
      const isOpen = await link().ask('openSession', session)
      untold.delete(name)
      return isOpen
    } catch (error) {
      if (!(error instanceof LinkBroken) || untold.size >= mostUntold) throw error
      untold.set(name, session)
      return true
    }
  }

  return {
    find: key => untold.get(nameOf(key))?.place ?? places.get(nameOf(key)) ?? fetch(key),
    async open(key, place, others) {
      const isOpen = await tell({ key, place, others })
      if (isOpen) places.set(nameOf(key), place)
      return isOpen
    },
    async close(key) {
      forget(key)
      await link()
        .ask('closeSession', key)
        .catch(error => {
          // The container has ended it already, and it is forgotten when it expires.
          if (!(error instanceof LinkBroken)) throw error
        })
    },
    forget,
    async tellAgain() {
      for (const session of untold.values()) {
        // One that it cannot take now is told when it comes again; one that it gives another instance is no more.
        const isOpen = await tell(session).catch(() => true)
        if (!isOpen) forget(session.key)
      }
    },
  }
}
