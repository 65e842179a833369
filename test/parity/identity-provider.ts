import { execFile } from 'node:child_process'
import { generateKeyPair as generate, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportJWK, SignJWT } from 'jose'
// @ts-expect-error it has no types of its own
import { Provider } from 'oidc-provider'
import { Agent, fetch } from 'undici'

const generateKeyPair = promisify(generate)
const run = promisify(execFile)

interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** For tests: a real OpenID Connect provider at https, with a certificate of its own that nobody trusts. */
export interface IdentityProvider {
  readonly issuer: string
  /** Without the scheme, as condition keys begin. */
  readonly name: string
  /** SHA-1 of its certificate. */
  readonly thumbprint: string
  /** An access token that the provider gives to a program by its secret, for `sts.amazonaws.com`; with more claims. */
  token(claims?: object): Promise<string>
  /** A token as the provider would sign it, with these claims instead of the usual ones. */
  signed(claims: object, key?: SigningKey): Promise<string>
  /** Answers instead of the provider, until called without one. */
  answerBy(handler?: Handler): void
  close(): Promise<void>
}

export const newKey = async (kid: string): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: 2048 })
  return { kid, privateKey }
}

export async function openIdentityProvider(): Promise<IdentityProvider> {
  const folder = await mkdtemp(join(tmpdir(), 'modelmart-provider-'))
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=provider'.split(' ')
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await run('openssl', [...words, ...names, '-keyout', files.key, '-out', files.cert])
  const { stdout: print } = await run('openssl', ['x509', '-in', files.cert, '-noout', '-fingerprint', '-sha1'])
  const cert = await readFile(files.cert)
  const server = createServer({ cert, key: await readFile(files.key) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const name = `localhost:${(server.address() as AddressInfo).port}`
  const issuer = `https://${name}`
  const claims = { more: {} }
  const own = await newKey('first')
  const handler: Handler = (await providerOf(issuer, own, claims)).callback()
  let instead: Handler | undefined
  server.on('request', (request, response) => (instead ?? handler)(request, response))
  const agent = new Agent({ connect: { ca: cert } })
  return {
    issuer,
    name,
    thumbprint: print.split('=')[1]?.trim().replaceAll(':', '').toLowerCase() ?? '',
    async token(more = {}) {
      claims.more = more
      const authorization = `Basic ${Buffer.from('runner:secret').toString('base64')}`
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&resource=urn:aws:sts',
      })
      const { access_token: token } = (await answer.json()) as { access_token?: string }
      if (token === undefined) throw new Error(`The provider gives no token: ${answer.status}`)
      return token
    },
    signed: (given, { kid, privateKey } = own) =>
      new SignJWT({ iss: issuer, ...given }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
    answerBy(other) {
      instead = other
    },
    async close() {
      await agent.close()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function providerOf(issuer: string, { kid, privateKey }: SigningKey, claims: { readonly more: object }) {
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }
  const resource = {
    ...{ scope: '', audience: 'sts.amazonaws.com', accessTokenTTL: 600, accessTokenFormat: 'jwt' },
    jwt: { sign: { alg: 'RS256' } },
  }
  const client = {
    ...{ client_id: 'runner', client_secret: 'secret', grant_types: ['client_credentials'] },
    ...{ redirect_uris: [], response_types: [] },
  }
  return new Provider(issuer, {
    clients: [client],
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key of a test'] },
    extraTokenClaims: () => claims.more,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: () => resource },
    },
  })
}
