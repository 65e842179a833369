import { createConnection, updateConnection } from '../../src/events/connection.ts'
import type { Ask } from './ask.ts'
import { secrets } from './authorization-server.ts'

const parts = { secrets, wayOut: { problem: () => undefined } }

/** A connection by client credentials, and later another secret for it. */
export function connect(number: number, ask: Ask): void {
  const Name = `c${number}`
  const given = (ClientSecret: string) => ({
    Name,
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' as const,
    AuthParameters: {
      OAuthParameters: {
        ...{ AuthorizationEndpoint: 'https://identity.example/token', HttpMethod: 'POST' as const },
        ClientParameters: { ClientID: 'client', ClientSecret },
      },
    },
  })
  ask('connect', 'connection', Name, ctx => createConnection(given('first'), { ...ctx, ...parts }))
  ask('reconnect', 'connection', Name, ctx => updateConnection(given('second'), { ...ctx, ...parts }))
}
