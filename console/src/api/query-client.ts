import { QueryCache, QueryClient } from '@tanstack/react-query'
import { actingAs, lost, onSession } from '../session/session.ts'
import { isSignedOut } from './error-text.ts'

/** How often a read is asked again after its connection broke; what an API refused stays refused. */
const mostRetries = 2

/** Reads of the APIs. AWS's clients try again themselves; in a hidden tab nothing is asked. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: error => {
      if (isSignedOut(error)) lost()
    },
  }),
  defaultOptions: {
    queries: {
      // A browser that is "offline" has no way to the internet; this server may be on the same machine all the same.
      networkMode: 'always',
      retry: (failures, error) => failures < mostRetries && error instanceof TypeError,
      staleTime: 1000,
      refetchOnWindowFocus: true,
    },
  },
})

const fastMs = 2000
const slowMs = 60_000

/** How often to ask again: fast while something is in transition, else seldom. */
export const pollMs = (inTransition: boolean): number => (inTransition ? fastMs : slowMs)

let readAs = ''
// What one has read is nothing for another.
onSession(() => {
  if (readAs !== actingAs()) queryClient.clear()
  readAs = actingAs()
})
