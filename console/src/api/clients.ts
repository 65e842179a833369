import { credentials } from '../session/session.ts'

/** How every client of AWS is made here: this server, by the console's credentials. */
export const clientOptions = (region: string) => ({
  endpoint: window.location.origin,
  region,
  credentials,
  maxAttempts: 3,
})

/** One client a region, made when it is first asked. */
export function clientOf<Client>(make: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>()
  return region => {
    const known = clients.get(region) ?? make(region)
    clients.set(region, known)
    return known
  }
}
