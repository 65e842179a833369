import { execFile } from 'node:child_process'
import { createPublicKey, generateKeyPair as generate, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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
  /** Of the key that it signs with, PEM. */
  readonly publicKey: string
  /** An access token that the provider gives to a program by its secret, for `sts.amazonaws.com`; with more claims. */
  token(claims?: object): Promise<string>
  /** A token as the provider would sign it, with these claims instead of the usual ones. */
  signed(claims: object, key?: SigningKey): Promise<string>
  /** Answers instead of the provider where an address begins like this, until called without one. */
  answerBy(handler?: Handler, path?: string): void
  /** What somebody's browser does at a page of the provider: signs in there, and is sent back to this address. */
  visit(page: string, person: string): Promise<URL>
  close(): Promise<void>
}

export const newKey = async (kid: string): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('rsa', { modulusLength: 2048 })
  return { kid, privateKey }
}

interface Wishes {
  /** Where people may be sent back to. */
  readonly places?: readonly string[]
  /** Everybody who has an account there, with what their tokens say. */
  readonly people?: Readonly<Record<string, object>>
}

export async function openIdentityProvider({ places = [], people = {} }: Wishes = {}): Promise<IdentityProvider> {
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
  const provider = await providerOf(issuer, own, claims, { places, people })
  const handler: Handler = provider.callback()
  let instead: { handler: Handler; path: string } | undefined
  server.on('request', (request, response) => {
    if (instead && request.url?.startsWith(instead.path)) return instead.handler(request, response)
    if (request.url?.startsWith('/interaction/')) return void interact(provider, request, response)
    return handler(request, response)
  })
  const agent = new Agent({ connect: { ca: cert } })
  return {
    issuer,
    name,
    publicKey: createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' }) as string,
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
    answerBy(other, path = '') {
      instead = other && { handler: other, path }
    },
    async visit(page, person) {
      const jar = new Map<string, string>()
      for (let address = new URL(page); ; ) {
        if (address.origin !== issuer) return address
        const form = address.pathname.startsWith('/interaction/') && new URLSearchParams({ person })
        const cookie = [...jar].map(pair => pair.join('=')).join('; ')
        const answer = await fetch(address, {
          ...{ dispatcher: agent, redirect: 'manual', headers: { cookie } },
          ...(form && { method: 'POST', body: form }),
        })
        for (const [name, value] of answer.headers.getSetCookie().map(set => set.split(';', 1)[0]?.split('=') ?? []))
          jar.set(name ?? '', value ?? '')
        const next = answer.headers.get('location')
        if (next === null) throw new Error(`The provider stays at ${address}: ${await answer.text()}`)
        address = new URL(next, address)
      }
    },
    async close() {
      await agent.close()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** The provider's own page: somebody says who they are, and agrees to all that is asked for. */
// biome-ignore lint/suspicious/noExplicitAny: it has no types of its own
async function interact(provider: any, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (request.method === 'GET' && prompt.name === 'login') {
    response.setHeader('content-type', 'text/html')
    const field = '<label>Your name <input name=person></label><button>Sign in there</button>'
    return void response.end(`<!doctype html><title>Provider</title><form method=post>${field}</form>`)
  }
  const accountId = session?.accountId ?? new URLSearchParams(await text(request)).get('person')
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId } })
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

async function providerOf(
  issuer: string,
  { kid, privateKey }: SigningKey,
  claims: { readonly more: object },
  { places, people }: Required<Wishes>,
) {
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }
  const resource = {
    ...{ scope: '', audience: 'sts.amazonaws.com', accessTokenTTL: 600, accessTokenFormat: 'jwt' },
    jwt: { sign: { alg: 'RS256' } },
  }
  const client = {
    ...{ client_id: 'runner', client_secret: 'secret', grant_types: ['client_credentials'] },
    ...{ redirect_uris: [], response_types: [] },
  }
  const web = { redirect_uris: [...places], response_types: ['code'], grant_types: ['authorization_code'] }
  const clients = [
    { client_id: 'console', client_secret: 'of the console', ...web },
    { client_id: 'open', token_endpoint_auth_method: 'none', ...web },
  ]
  return new Provider(issuer, {
    clients: [client, ...(places.length > 0 ? clients : [])],
    claims: { openid: ['sub', 'email', 'groups'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, ...people[accountId] }),
    }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
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
