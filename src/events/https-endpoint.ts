import { eventsError } from './events-error.ts'
import type { EventsParts } from './events-operation.ts'

/** "API destinations are HTTPS endpoints" (EventBridge User Guide). Stars stand for parts of a path. Throws ValidationException. */
export function requireHttps(member: string, endpoint: string, { wayOut }: Pick<EventsParts, 'wayOut'>): void {
  const url = endpoint.replaceAll('*', 'x')
  const host = /^https:\/\/([^/?#]*)/i.exec(endpoint)?.[1]
  if (!host || host.includes('*') || !URL.canParse(url)) throw eventsError.invalid(`${member} must be an HTTPS URL.`)
  const problem = wayOut.problem(url)
  if (problem !== undefined) throw eventsError.invalid(`${member} is not allowed: ${problem}`)
}
