import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { systemClock, useClock } from '../ground/clock.ts'
import { verifyIdentityToken } from './identity-token.ts'
import { ProviderBusy } from './open-id-document.ts'
import { createOpenIdKeys } from './open-id-keys.ts'

const issuer = 'https://tokens.example.com'
const provider = { issuer, clientIds: ['app'], thumbprints: [] }
const configuration = { issuer, jwks_uri: `${issuer}/keys` }

/** A provider on paper: what it publishes can be changed, and how often it was asked is counted. */
async function publisher() {
  let kid = 0
  let signing = await generateKeyPair('ES256')
  const published: Record<string, unknown> = { [`${issuer}/.well-known/openid-configuration`]: configuration }
  const asked: string[] = []
  const publish = async () => {
    signing = await generateKeyPair('ES256')
    published[`${issuer}/keys`] = {
      keys: [{ ...(await exportJWK(signing.publicKey)), kid: `key-${++kid}`, alg: 'ES256' }],
    }
  }
  await publish()
  const keys = createOpenIdKeys({
    async read(url) {
      asked.push(url)
      if (published[url] instanceof Error) throw published[url]
      return published[url]
    },
  })
  const token = () =>
    new SignJWT({ sub: 'ann', aud: 'app' })
      .setProtectedHeader({ alg: 'ES256', kid: `key-${kid}` })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(signing.privateKey)
  const verify = async (text: string) => (await verifyIdentityToken(text, provider, keys, new Date())).subject
  return { published, asked, publish, token, verify }
}

test('keys are asked for once, and again when the provider signs with another', async () => {
  let elapsed = 0
  using _ = useClock({ ...systemClock, elapsed: () => elapsed })
  const { asked, publish, token, verify } = await publisher()
  const first = await token()
  assert.equal(await verify(first), 'ann')
  assert.equal(await verify(first), 'ann')
  assert.equal(asked.length, 2)
  await publish()
  // A stranger's made-up key id must not have us ask the provider for each of its tokens.
  await assert.rejects(verify(await token()), { code: 'InvalidIdentityToken' })
  assert.equal(asked.length, 2)
  elapsed = 10_000
  assert.equal(await verify(await token()), 'ann')
  assert.equal(asked.length, 4)
  await assert.rejects(verify(first), { code: 'InvalidIdentityToken' }, 'the old key is withdrawn')
})

test('tokens that come at once have the provider asked once, also when it fails', async () => {
  const { published, asked, token, verify } = await publisher()
  const text = await token()
  const place = `${issuer}/.well-known/openid-configuration`
  published[place] = new Error('gone')
  const refused = await Promise.allSettled([verify(text), verify(text), verify(text)])
  assert.deepEqual([refused.map(({ status }) => status), asked], [Array(3).fill('rejected'), [place]])
  published[place] = configuration
  assert.deepEqual(await Promise.all([verify(text), verify(text)]), ['ann', 'ann'])
  assert.equal(asked.length, 3)
})

test('what a provider publishes wrong, or does not publish, is told', async () => {
  const { published, token, verify } = await publisher()
  const place = `${issuer}/.well-known/openid-configuration`
  const text = await token()
  const wrong: [document: unknown, code: string, message: RegExp][] = [
    [undefined, 'InvalidIdentityToken', /is of issuer undefined/],
    [{ ...configuration, issuer: 'https://else.example.com' }, 'InvalidIdentityToken', /issuer https:\/\/else/],
    [{ issuer }, 'InvalidIdentityToken', /no jwks_uri/],
    [{ issuer, jwks_uri: `${issuer}/none` }, 'InvalidIdentityToken', /holds no keys/],
    [new Error('no answer within 5 s'), 'InvalidIdentityToken', /verification key.*no answer within 5 s/],
    [new ProviderBusy('it answered 503'), 'IDPCommunicationError', /503/],
  ]
  for (const [document, code, message] of wrong) {
    published[place] = document
    await assert.rejects(verify(text), { code, message })
  }
  published[place] = configuration
  published[`${issuer}/keys`] = { keys: Array(201).fill({ kty: 'EC' }) }
  await assert.rejects(verify(text), { message: /more than 200 keys/ })
})
