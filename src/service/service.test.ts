import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as Sdk from '@aws-sdk/client-sts'
import { allAsk, type OwnApi, onAnything, type SdkApi, service } from './service.ts'

type StsApi = SdkApi<typeof Sdk>

const run = async () => ({ Account: '111122223333' })
const access = onAnything('sts')

test('what is paired wrongly, has no access rule or is unknown to the SDK does not compile', () => {
  const wrongShape = async () => ({ Account: 1 })
  // @ts-expect-error the SDK gives Account as text
  service<StsApi>({ model: 'sts', operations: { GetCallerIdentity: { run: wrongShape, access } } })
  // @ts-expect-error nobody would be asked for leave
  service<StsApi>({ model: 'sts', operations: { GetCallerIdentity: { run } } })
  assert.throws(
    // @ts-expect-error the SDK has no such operation
    () => service<StsApi>({ model: 'sts', operations: { GetCallerIdentities: { run, access } } }),
    /no operation GetCallerIdentities/,
  )
  assert.throws(
    // @ts-expect-error nor under a rule that serves many
    () => service<StsApi>({ model: 'sts', operations: allAsk<StsApi>(access, { GetCallerIdentities: run }) }),
    /no operation GetCallerIdentities/,
  )
})

test('an API of our own is held to its model at the start', () => {
  const operations = { PutReviews: { run, access } }
  assert.throws(() => service<OwnApi>({ model: 'marketplace-reviews', operations }), /no operation PutReviews/)
})
