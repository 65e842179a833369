import type { Client } from '@smithy/types'
import { actingAs, credentials } from '../session/session.ts'
import { repeatOnlyWhatMayBe } from './lost-answer.ts'

// biome-ignore lint/suspicious/noExplicitAny: of whatever service
type AnyClient = Pick<Client<any, any, any>, 'middlewareStack'>

/** How every client of AWS is made here: this server, by the console's credentials. */
export const clientOptions = (region: string) => ({
  endpoint: window.location.origin,
  region,
  credentials,
  maxAttempts: 3,
})

/** One client a region, made when it is first asked: clients remember keys, so whoever switches to a role has others. */
export function clientOf<Made extends object>(make: (region: string) => Made): (region: string) => Made {
  const clients = new Map<string, Made>()
  return region => {
    const key = `${actingAs()} ${region}`
    const known = clients.get(key)
    if (known) return known
    const made = make(region)
    if ('middlewareStack' in made) repeatOnlyWhatMayBe(made as AnyClient)
    clients.set(key, made)
    return made
  }
}
