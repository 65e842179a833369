import { createConnectionSecrets } from '../../src/events/connection-secret.ts'
import { eachBy, type WayOut } from '../../src/outgoing/way-out.ts'
import type { Step } from './stubs.ts'

/** Of an installation whose root secret is all zeroes. */
export const secrets = createConnectionSecrets(Buffer.alloc(32))

/** Gives every client a token, another one each time; one may be given to who does not hear of it any more. */
export function wayToTokens(given: Set<string>, step: Step): WayOut {
  const send: WayOut['send'] = () =>
    step('ask for a token', async () => {
      const token = `token-${given.size + 1}`
      given.add(token)
      return { status: 200, text: JSON.stringify({ access_token: token, expires_in: 3600 }) }
    })
  return { problem: () => undefined, send, sendEach: eachBy(send), close() {} }
}
