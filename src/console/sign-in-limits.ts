import { createRateLimit } from '../gateway/rate-limit.ts'
import type { Store } from '../store/store.ts'
import { sessionError } from './session-error.ts'
import { type AttemptRate, takeAttempt } from './sign-in-attempt.ts'

/** Guesses: the first few at once, then one in so many seconds. */
const perUser = { burst: 5, seconds: 12 }
const perNetwork = { burst: 20, seconds: 3 }
/** Nobody else's guesses keep a user out for long who asks from another network. */
const perUserOfAll = { burst: 60, seconds: 2 }
/** A link cannot be guessed; looking for one costs a commit. */
const perLink = { burst: 60, seconds: 1 }
/** A tab renews once in an hour. */
const perSession = { burst: 60, seconds: 10 }

export interface SignInLimits {
  /** Throws TooManyAttempts. `network` and `user` as the request names them. */
  takeAttempt(network: string, user: string): Promise<void>
  takeLink(network: string): void
  takeCredentials(session: string): void
}

/** Passwords are guarded by rows; what cannot be guessed is counted by each server for itself. */
export function createSignInLimits(store: Store): SignInLimits {
  const limit = ({ burst, seconds }: AttemptRate) => createRateLimit(1 / seconds, burst)
  // Keeps a flood from the rows.
  const networks = limit(perNetwork)
  const links = limit(perLink)
  const sessions = limit(perSession)
  const need = (isTaken: boolean) => {
    if (!isTaken) throw sessionError.tooMany()
  }
  return {
    async takeAttempt(network, user) {
      need(networks.take(network))
      const isTaken = await takeAttempt(store, [
        { name: `network ${network}`, ...perNetwork },
        { name: `user ${user} from ${network}`, ...perUser },
        { name: `user ${user}`, ...perUserOfAll },
      ])
      need(isTaken)
    },
    takeLink: network => need(links.take(network)),
    takeCredentials: session => need(sessions.take(session)),
  }
}
