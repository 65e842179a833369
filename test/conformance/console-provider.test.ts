import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openSignIn } from '../../src/console/session.fixture.ts'
import { findSignInProvider, putSignInProvider } from '../../src/console/sign-in-provider.ts'
import { type IdentityProvider, newKey, openIdentityProvider } from '../parity/identity-provider.ts'

const people = {
  ada: { email: 'ada@example.com', groups: ['staff', 'ml-buyers'] },
  tom: { email: 'tom@example.com', groups: ['staff'] },
  eve: { groups: 'ml-buyers', email: 'no session may be called so!' },
}
let house: Awaited<ReturnType<typeof openSignIn>>
let provider: IdentityProvider
let trusted: string
let role: string
const Name = 'Example Organisation'

before(async () => {
  house = await openSignIn({ innerHosts: new Set(['localhost']) })
  provider = await openIdentityProvider({ people, places: [`${house.endpoint}/console/sign-in`] })
  const made = await house.iam.createOpenIDConnectProvider({
    ...{ Url: provider.issuer, ClientIDList: ['console', 'open'], ThumbprintList: [provider.thumbprint] },
  })
  trusted = made.OpenIDConnectProviderArn ?? ''
  role = await roleFor('buyers', { StringEquals: { [`${provider.name}:aud`]: ['console', 'open'] } })
  await put()
})
after(async () => {
  await provider?.close()
  await house?.close()
})
beforeEach(() => {
  provider.answerBy()
  // Attempts come back with time.
  house.ahead.ms += 60_000
})

async function roleFor(RoleName: string, Condition: object) {
  const statement = { Effect: 'Allow', Principal: { Federated: trusted }, Action: 'sts:AssumeRoleWithWebIdentity' }
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ ...statement, Condition }],
  })
  const { Role } = await house.iam.createRole({ RoleName, AssumeRolePolicyDocument, MaxSessionDuration: 7200 })
  return Role?.Arn ?? ''
}

const put = (more: object = {}) =>
  putSignInProvider(house, {
    ...{ name: Name, providerArn: trusted, clientId: 'console', clientSecret: 'of the console', scopes: ['openid'] },
    ...{ groupsClaim: 'groups', roles: [{ group: 'ml-buyers', roleArn: role }], ...more },
  })

/** Begins a sign-in, as the button does. */
async function begin() {
  const { status, body, cookie } = await house.ask({ path: 'authorization', body: { provider: Name } })
  assert.equal(status, 200, body.message)
  const url = new URL(body.url)
  const given = (name: string) => url.searchParams.get(name) ?? ''
  return { url: url.href, cookie, state: given('state'), nonce: given('nonce'), given }
}

const end = (response: string, cookie: string | undefined) => house.ask({ body: { response }, cookie })

/** All of it, as somebody does it in a browser. */
async function signIn(person: string) {
  const { url, cookie } = await begin()
  const back = await provider.visit(url, person)
  return { answer: await end(back.search.slice(1), cookie), response: back.search.slice(1), cookie }
}

const now = () => Math.floor(Date.now() / 1000)

/** The provider gives this for any code. */
const tokenIs = (idToken: string) =>
  provider.answerBy((_, response: ServerResponse) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer', id_token: idToken }))
  }, '/token')

/** An attempt with a token that says this instead of what it should. */
async function attempt(claims: object, sign = provider.signed): Promise<{ status: number; body: { code: string } }> {
  const { cookie, state, nonce } = await begin()
  const usual = { sub: 'ada', aud: 'console', iat: now(), exp: now() + 4 * 3600, nonce, groups: ['ml-buyers'] }
  tokenIs(await sign({ ...usual, ...claims }))
  return end(`code=any&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookie)
}

describe('somebody of an organisation', () => {
  it('sees its provider on the sign-in page, and nothing of how it is set', async () => {
    const { body } = await house.ask({ method: 'GET', path: 'providers' })
    assert.deepEqual(body, { providers: [{ name: Name }] })
  })

  it('signs in there, and has the role of their group for as long as it lasts, in the provider’s name', async () => {
    const { url, given } = await begin()
    assert.ok(url.startsWith(`${provider.issuer}/auth?`), url)
    assert.deepEqual([given('code_challenge_method'), given('response_type')], ['S256', 'code'])
    const { answer } = await signIn('ada')
    assert.equal(answer.status, 200, answer.body.message)
    const arn = `arn:aws:sts::${house.account}:assumed-role/buyers/ada@example.com`
    assert.equal(answer.body.arn, arn)
    const keys = await house.credentials(answer.cookie ?? '')
    assert.equal((await house.whoIs(keys)).Arn, arn)
    await assert.rejects(house.iamWith(keys).listUsers({}), { name: 'AccessDenied' })
    const { body } = await house.ask({ method: 'GET', cookie: answer.cookie })
    // Of this role a session lasts two hours, of which nobody may be away for one.
    assert.equal(Date.parse(body.endsAt) - Date.parse(body.idleUntil), 3600_000)
    const last = (await house.told()).at(-1)
    assert.deepEqual(
      [last.userIdentity.type, last.userIdentity.arn, last.responseElements.ConsoleLogin],
      ['AssumedRole', arn, 'Success'],
    )
  })

  it('whose groups have no role is told so, and is in the security log', async () => {
    const { answer } = await signIn('tom')
    assert.deepEqual([answer.status, answer.body.code], [403, 'NoRole'])
    assert.match(answer.body.message, /none of your groups has a role here/)
    assert.equal(answer.cookie, undefined)
    assert.equal((await house.told()).at(-1).errorCode, 'NoRole')
  })

  it('has a session by their subject where the provider gives no name that one may have; one group is a text too', async () => {
    assert.match((await signIn('eve')).answer.body.arn, /assumed-role\/buyers\/eve$/)
  })

  it('signs in by a client without a secret, whom PKCE protects', async () => {
    await put({ name: 'Open', clientId: 'open', clientSecret: undefined })
    assert.equal((await findSignInProvider(house, 'Open'))?.clientSecret, undefined)
    const { body, cookie } = await house.ask({ path: 'authorization', body: { provider: 'Open' } })
    const back = await provider.visit(body.url, 'ada')
    assert.equal((await end(back.search.slice(1), cookie)).status, 200)
  })

  it('loses the role within the hour when its trust policy does not take them any more', async () => {
    const passing = await roleFor('passing', { StringEquals: { [`${provider.name}:sub`]: 'ada' } })
    await put({ roles: [{ group: 'staff', roleArn: passing }] })
    const refused = await signIn('tom')
    assert.equal(refused.answer.body.code, 'AccessDenied')
    const { answer } = await signIn('ada')
    await house.credentials(answer.cookie ?? '')
    const PolicyDocument = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: { AWS: house.account }, Action: 'sts:AssumeRole' }],
    })
    await house.iam.updateAssumeRolePolicy({ RoleName: 'passing', PolicyDocument })
    assert.equal((await house.ask({ path: 'credentials', cookie: answer.cookie })).body.code, 'NoSession')
    await put()
  })

  it('chooses among the roles that their groups give them and that take them: once, of these, in the same browser', async () => {
    const aud = { StringEquals: { [`${provider.name}:aud`]: 'console' } }
    const [second, closed] = [
      await roleFor('second', aud),
      await roleFor('closed', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ]
    const roles = [role, second, closed, role].map((roleArn, index) => ({
      group: index === 1 ? 'staff' : 'ml-buyers',
      roleArn,
    }))
    await put({ roles })
    const offered = async () => {
      const { answer } = await signIn('ada')
      const told = { account: house.account, accountName: 'home' }
      assert.deepEqual(
        [answer.status, answer.body],
        [
          200,
          {
            roles: [
              { arn: role, ...told },
              { arn: second, ...told },
            ],
          },
        ],
      )
      // Nobody is signed in by it.
      assert.match(answer.cookie ?? '', /^modelmart-sign-in-/)
      assert.equal((await house.ask({ path: 'credentials', cookie: answer.cookie })).body.code, 'NoSession')
      return answer.cookie
    }
    const choose = (chosen: string, cookie: string | undefined) => house.ask({ body: { role: chosen }, cookie })
    const cookie = await offered()
    const answer = await choose(second, cookie)
    assert.equal(answer.body.arn, `arn:aws:sts::${house.account}:assumed-role/second/ada@example.com`)
    assert.match((await house.whoIs(await house.credentials(answer.cookie ?? ''))).Arn ?? '', /assumed-role\/second/)
    assert.equal((await choose(second, cookie)).body.code, 'SignInOver')
    assert.equal((await choose(closed, await offered())).body.code, 'SignInOver')
    assert.equal((await choose(role, (await begin()).cookie)).body.code, 'SignInOver')
    const taken = await offered()
    assert.equal((await end('code=any&state=any', taken)).body.code, 'SignInOver')
    assert.equal((await choose(role, taken)).body.code, 'SignInOver')
    const late = await offered()
    house.ahead.ms += 11 * 60_000
    assert.equal((await choose(role, late)).body.code, 'SignInOver')
    // Who has one of them alone is asked nothing.
    assert.match((await signIn('tom')).answer.body.arn, /assumed-role\/second/)
    await put()
  })

  it('has no role of an account that has not made the provider, whatever the operator’s table says', async () => {
    await house.iam.removeClientIDFromOpenIDConnectProvider({ OpenIDConnectProviderArn: trusted, ClientID: 'console' })
    const { answer } = await signIn('ada')
    assert.match(answer.body.message, /has made no identity provider for this sign-in/)
    await house.iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn: trusted, ClientID: 'console' })
  })
})

describe('whoever attacks the way back', () => {
  it('cannot use an answer twice, in another browser, with another state, or too late', async () => {
    const used = await signIn('ada')
    assert.equal(used.answer.status, 200)
    assert.equal((await end(used.response, used.cookie)).body.code, 'SignInOver')

    const mine = await begin()
    const theirs = await begin()
    const back = (await provider.visit(mine.url, 'ada')).search.slice(1)
    assert.equal((await end(back, undefined)).body.code, 'SignInOver')
    assert.equal((await end(back, theirs.cookie)).body.code, 'ProviderRefused')

    const stale = await begin()
    const late = (await provider.visit(stale.url, 'ada')).search.slice(1)
    house.ahead.ms += 11 * 60_000
    assert.equal((await end(late, stale.cookie)).body.code, 'SignInOver')
  })

  it('cannot put in an answer of another provider, nor one that says no', async () => {
    const { state, cookie } = await begin()
    const foreign = await end(`code=any&state=${state}&iss=https%3A%2F%2Fother.example.com`, cookie)
    assert.equal(foreign.body.code, 'ProviderRefused')
    const second = await begin()
    const no = await end(
      `error=access_denied&state=${second.state}&iss=${encodeURIComponent(provider.issuer)}`,
      second.cookie,
    )
    assert.match(no.body.message, /has not signed you in: access_denied/)
  })

  it('has no token that is of another audience, issuer, sign-in or time', async () => {
    assert.equal((await attempt({})).status, 200)
    const bad = {
      audience: { aud: 'another' },
      'audience beside ours': { aud: ['console', 'another'], azp: 'another' },
      issuer: { iss: 'https://other.example.com' },
      nonce: { nonce: 'of another sign-in' },
      'no nonce': { nonce: undefined },
      expired: { iat: now() - 7200, exp: now() - 3600 },
      future: { iat: now() + 8 * 3600, exp: now() + 9 * 3600 },
      'no subject': { sub: undefined },
    }
    for (const [what, claims] of Object.entries(bad)) {
      const { status, body } = await attempt(claims)
      assert.ok(status === 403 || status === 400, `${what}: ${status} ${JSON.stringify(body)}`)
    }
  })

  it('has no token that nobody has signed, or somebody else', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const usual = (claims: object) => ({ iss: provider.issuer, ...claims })
    const stranger = await newKey('first')
    const forgers: Record<string, (claims: object) => Promise<string>> = {
      'alg none': async claims => `${part({ alg: 'none' })}.${part(usual(claims))}.`,
      'HS256 by the public key': async claims => {
        const signed = `${part({ alg: 'HS256', kid: 'first' })}.${part(usual(claims))}`
        return `${signed}.${createHmac('sha256', provider.publicKey).update(signed).digest('base64url')}`
      },
      'a key of another': claims => provider.signed(claims, stranger),
      'an unknown key': async claims => provider.signed(claims, await newKey('other')),
    }
    for (const [what, sign] of Object.entries(forgers)) {
      const { status, body } = await attempt({}, sign)
      assert.ok(status === 403 || status === 400, `${what}: ${status} ${JSON.stringify(body)}`)
    }
  })

  it('makes the server read no more than a bound, and ask no address that the operator has not named', async () => {
    const { cookie, state } = await begin()
    provider.answerBy((_, response) => response.end(`"${'x'.repeat(1 << 20)}"`), '/token')
    assert.equal((await end(`code=any&state=${state}`, cookie)).body.code, 'ProviderRefused')
    provider.answerBy((_, response) => response.end(`{"keys":["${'x'.repeat(1 << 20)}"]}`), '/.well-known')
    const huge = await house.ask({ path: 'authorization', body: { provider: Name } })
    assert.deepEqual([huge.status, huge.body.code], [502, 'ProviderUnreachable'])
    const inside = {
      ...{ issuer: provider.issuer, authorization_endpoint: `${provider.issuer}/auth` },
      ...{ token_endpoint: 'https://127.0.0.1:1/token', jwks_uri: 'https://127.0.0.1:1/jwks' },
    }
    provider.answerBy((_, response) => response.end(JSON.stringify(inside)), '/.well-known')
    const begun = await begin()
    const { body } = await end(`code=any&state=${begun.state}`, begun.cookie)
    assert.deepEqual(body.code, 'ProviderRefused')
  })

  it('is slowed', async () => {
    const answers = []
    for (let i = 0; i < 70; i++) answers.push((await end('code=any&state=any', 'modelmart-sign-in=any')).body.code)
    assert.equal(answers[0], 'SignInOver')
    assert.equal(answers.at(-1), 'TooManyAttempts')
  })

  it('finds nothing in the database by which a sign-in could be ended, and no secret of the client', async () => {
    house.ahead.ms += 5 * 60_000
    const { url, cookie } = await begin()
    const { db } = house.store
    const rows = [
      ...(await db.selectFrom('console_authorization').selectAll().execute()),
      ...(await db.selectFrom('console_provider').selectAll().execute()),
    ]
    const kept = JSON.stringify(rows)
    const secrets = [...new URL(url).searchParams].filter(([name]) => ['state', 'nonce'].includes(name))
    for (const secret of [...secrets.map(([, value]) => value), cookie?.split('=')[1] ?? '?', 'of the console'])
      assert.doesNotMatch(kept, new RegExp(secret))
  })
})

// The last: the provider's clock is the machine's, and does not go on with the server's.
describe('a session of a role', () => {
  it('ends with the role’s longest, and its keys when somebody signs out', async () => {
    const { answer } = await signIn('ada')
    const keys = await house.credentials(answer.cookie ?? '')
    await house.ask({ method: 'DELETE', cookie: answer.cookie })
    await assert.rejects(house.whoIs(keys), { name: 'ExpiredToken' })
    const next = (await signIn('ada')).answer.cookie ?? ''
    for (const minutes of [50, 50]) {
      house.ahead.ms += minutes * 60_000
      await house.credentials(next)
    }
    house.ahead.ms += 25 * 60_000
    assert.equal((await house.ask({ path: 'credentials', cookie: next })).body.code, 'NoSession')
  })
})
