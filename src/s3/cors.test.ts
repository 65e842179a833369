import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { corsHeaders } from './cors.ts'
import { openS3Fixture } from './s3.fixture.ts'

const house = await openS3Fixture()
after(house.close)
const { ask } = house.owner
const Bucket = 'shared'
await ask('CreateBucket', { Bucket })
const grant = (method: string, origin: string, headers: string[] = []) =>
  corsHeaders(house.store, Bucket, { method, origin, headers })

it('grants what the first rule that fits says, and nothing without rules', async () => {
  assert.equal(await grant('GET', 'https://a.example.com'), undefined)
  const CORSRules = [
    {
      AllowedMethods: ['PUT'],
      AllowedOrigins: ['https://*.example.com'],
      AllowedHeaders: ['x-amz-*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 60,
    },
    { AllowedMethods: ['GET'], AllowedOrigins: ['*'] },
  ]
  await ask('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules } })
  const put = await grant('PUT', 'https://a.example.com', ['X-Amz-Date'])
  assert.equal(put?.['access-control-allow-origin'], 'https://a.example.com')
  assert.equal(put?.['access-control-allow-headers'], 'X-Amz-Date')
  assert.equal(put?.['access-control-expose-headers'], 'ETag')
  assert.equal(put?.['access-control-max-age'], '60')
  assert.equal(await grant('PUT', 'https://a.example.com', ['authorization']), undefined)
  assert.equal(await grant('PUT', 'https://example.org'), undefined)
  assert.equal((await grant('GET', 'https://example.org'))?.['access-control-allow-origin'], '*')
  assert.equal(await corsHeaders(house.store, 'absent', { method: 'GET', origin: 'x', headers: [] }), undefined)
})

it('refuses rules that are wrong', async () => {
  const rule = { AllowedMethods: ['PATCH'], AllowedOrigins: ['*'] }
  await assert.rejects(ask('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules: [rule] } }), {
    code: 'InvalidRequest',
  })
  const wild = { AllowedMethods: ['GET'], AllowedOrigins: ['*.*'] }
  await assert.rejects(ask('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules: [wild] } }), {
    code: 'InvalidRequest',
  })
})
