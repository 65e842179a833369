import { createRateLimit } from '../gateway/rate-limit.ts'
import { sessionError } from './session-error.ts'

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
  takeAttempt(network: string, user: string): void
  takeLink(network: string): void
  takeCredentials(session: string): void
}

export function createSignInLimits(): SignInLimits {
  const limit = ({ burst, seconds }: typeof perUser) => createRateLimit(1 / seconds, burst)
  const users = limit(perUser)
  const networks = limit(perNetwork)
  const all = limit(perUserOfAll)
  const links = limit(perLink)
  const sessions = limit(perSession)
  const need = (isTaken: boolean) => {
    if (!isTaken) throw sessionError.tooMany()
  }
  return {
    takeAttempt(network, user) {
      need(networks.take(network))
      need(users.take(`${network} ${user}`))
      need(all.take(user))
    },
    takeLink: network => need(links.take(network)),
    takeCredentials: session => need(sessions.take(session)),
  }
}
