import { actingAs, credentials } from '../session/session.ts'

/** How every client of AWS is made here: this server, by the console's credentials. */
export const clientOptions = (region: string) => ({
  endpoint: window.location.origin,
  region,
  credentials,
  maxAttempts: 3,
})

/** One client a region, made when it is first asked: clients remember keys, so whoever switches to a role has others. */
export function clientOf<Client>(make: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>()
  return region => {
    const key = `${actingAs()} ${region}`
    const known = clients.get(key) ?? make(region)
    clients.set(key, known)
    return known
  }
}
