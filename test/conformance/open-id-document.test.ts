import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock, useClock } from '../../src/ground/clock.ts'
import { createOpenIdDocuments, ProviderBusy } from '../../src/iam/open-id-document.ts'
import { openIdentityProvider } from '../parity/identity-provider.ts'

const provider = await openIdentityProvider()
// How long a provider may take is not tried here: a busy machine takes its time.
const unhurried = useClock({ ...systemClock, after: () => ({ [Symbol.dispose]() {} }) })
after(async () => {
  unhurried[Symbol.dispose]()
  await provider.close()
})
const documents = createOpenIdDocuments(new Set(['localhost', '127.0.0.1']))
const place = `${provider.issuer}/.well-known/openid-configuration`
const pinned = [provider.thumbprint]

test('a provider’s documents are read when its certificate has a thumbprint that is known', async () => {
  const { issuer, jwks_uri: keys } = (await documents.read(place, pinned)) as { issuer: string; jwks_uri: string }
  assert.equal(issuer, provider.issuer)
  assert.equal(((await documents.read(keys, pinned)) as { keys: unknown[] }).keys.length, 1)
  assert.equal(await documents.topThumbprint(provider.issuer), provider.thumbprint)
})

test('a certificate that nobody trusts is refused', async () => {
  await assert.rejects(documents.read(place, []), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  await assert.rejects(documents.read(place, ['0'.repeat(40)]), /no certificate of localhost:\d+ has a thumbprint/)
})

test('an address that is not public is asked only with the operator’s leave', async () => {
  const strict = createOpenIdDocuments(new Set())
  const { port } = new URL(provider.issuer)
  for (const host of [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '0x7f.1',
    '2130706433',
  ]) {
    const url = `https://${host}:${port}/.well-known/openid-configuration`
    await assert.rejects(strict.read(url, pinned), /is not public/, host)
    await assert.rejects(strict.topThumbprint(url), /is not public/, host)
  }
  await assert.rejects(documents.read(place.replace('https', 'http'), pinned), /is not https/)
})

test('redirects, failures and answers that are too long are not taken', async () => {
  const answer = async (status: number, body: string | Buffer = '', headers = {}) => {
    provider.answerBy((_, response) => response.writeHead(status, headers).end(body))
    return documents.read(place, pinned).finally(() => provider.answerBy())
  }
  await assert.rejects(answer(302, '', { location: 'http://127.0.0.1/' }), /answered 302/)
  await assert.rejects(answer(404), /answered 404/)
  await assert.rejects(answer(503), ProviderBusy)
  await assert.rejects(answer(429), ProviderBusy)
  await assert.rejects(answer(200, Buffer.alloc(300 * 1024, ' ')), { name: /Refused|Error/ })
  await assert.rejects(answer(200, '{"issuer":'), SyntaxError)
})
