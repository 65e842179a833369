import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buyer, openMarketFixture, other } from '../market.fixture.ts'
import { openShop } from '../market-story.fixture.ts'
import { createCertificateSigner, verifyCertificate } from './signed-certificate.ts'

const signer = createCertificateSigner(Buffer.alloc(32, 7))
const statement = {
  format: 1,
  ...{ productId: 'prod-a', fulfillmentOptionId: 'option', versionTitle: '1.0', assetArn: 'arn:a' },
  ...{ issued: '2026-11-20T11:00:00.000Z', validated: ['TrainingJob'], imageBytes: [31_400_000] },
  measured: [{ instanceType: 'ml.m5.large', trainingSeconds: 2.5 }],
} as const
const signed = signer.sign(statement)

test('a certificate is verified from its text alone, in whatever order and with whatever white space it was written', () => {
  const found = verifyCertificate(JSON.stringify(signed))
  assert.deepEqual(found, { statement, fingerprint: signer.fingerprint })
  const { measured, ...rest } = statement
  const turned = { signature: signed.signature, certificate: { measured, ...rest } }
  assert.equal(verifyCertificate(JSON.stringify(turned, null, 2)).fingerprint, signer.fingerprint)
  assert.equal(createCertificateSigner(Buffer.alloc(32, 7)).fingerprint, signer.fingerprint)
})

const another = createCertificateSigner(Buffer.alloc(32, 8)).sign(statement)
const changed: Readonly<Record<string, readonly [text: unknown, why: RegExp]>> = {
  'another number': [{ ...signed, certificate: { ...statement, imageBytes: [1] } }, /changed after it was signed/],
  'a member more': [{ ...signed, certificate: { ...statement, note: 'fast' } }, /changed after it was signed/],
  'a member less': [{ ...signed, certificate: { ...statement, measured: undefined } }, /changed after it was signed/],
  'the key of another': [
    { ...signed, signature: { ...signed.signature, publicKey: another.signature.publicKey } },
    /changed after it was signed/,
  ],
  'no key': [{ ...signed, signature: { ...signed.signature, publicKey: 'AAAA' } }, /changed after it was signed/],
  'another algorithm': [{ ...signed, signature: { ...signed.signature, algorithm: 'none' } }, /Ed25519 is/],
  'another format': [{ ...signed, certificate: { ...statement, format: 2 } }, /no certificate/],
  'no signature': [{ certificate: statement }, /no certificate/],
}
for (const [what, [text, why]] of Object.entries(changed))
  test(`one with ${what} is refused`, () => assert.throws(() => verifyCertificate(JSON.stringify(text)), why))

test('what is no JSON is no certificate', () => assert.throws(() => verifyCertificate('{'), /no certificate/))

test('another installation has another fingerprint', () =>
  assert.notEqual(verifyCertificate(JSON.stringify(another)).fingerprint, signer.fingerprint))

test('whoever may see a version gets its certificate', async () => {
  const house = await openMarketFixture()
  const { product } = await openShop(house)
  const { fulfillmentOptions } = await house.as(buyer)('discovery', 'ListFulfillmentOptions', { productId: product })
  const { fulfillmentOptionId } = fulfillmentOptions[0].sageMakerAlgorithmFulfillmentOption
  const asked = { productId: product, fulfillmentOptionId }
  const { certificate, fingerprint } = await house.as(other)('usage', 'GetVersionCertificate', asked)
  const found = verifyCertificate(certificate)
  assert.equal(found.fingerprint, fingerprint)
  const { productId, issued, validated, measured, imageBytes } = found.statement
  assert.deepEqual(
    [productId, issued, validated, measured.length, imageBytes],
    [product, '2026-11-20T11:00:00.000Z', ['TrainingJob', 'TransformJob'], 2, [31_400_000]],
  )
  await assert.rejects(house.as(buyer)('usage', 'GetVersionCertificate', { ...asked, fulfillmentOptionId: 'none' }), {
    code: 'ResourceNotFoundException',
  })
})
