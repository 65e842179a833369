import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Target } from '../gateway/identify.ts'
import { readClaim, type SigV4Claim } from '../protocol/claim.ts'
import type { WireRequest } from '../protocol/message.ts'
import { createKnownRequests } from './known-requests.ts'

const authorization = (signature: string, day = '20261129', names = 'host;x-amz-date') =>
  `AWS4-HMAC-SHA256 Credential=AKID/${day}/us-east-1/sagemaker/aws4_request, SignedHeaders=${names}, Signature=${signature}`

const request = (more: Readonly<Record<string, string>> = {}, path = '/endpoints/e/invocations'): WireRequest => ({
  ...{ method: 'POST', path, query: '' },
  headers: { host: 'h', 'x-amz-date': '20261129T120000Z', authorization: authorization('0'.repeat(64)), ...more },
})

/** Says of each request which one in turn it was. */
function opened() {
  let count = 0
  return createKnownRequests(({ path }) => ({ path: `${path} ${++count}` }) as Target)
}

function outcome(read: () => unknown) {
  try {
    return read()
  } catch (error) {
    return (error as Error).message
  }
}

describe('a request like one that was proven', () => {
  it('claims what it says itself, whatever was remembered', () => {
    const known = opened()
    const first = request()
    known.proven(first, known.claim(first) as SigV4Claim, {} as Target)
    const signature = fc.oneof(
      fc.stringMatching(/^[\da-f]{64}$/),
      fc.constantFrom('', 'f', `${'a'.repeat(64)}, Signature=b`, 'A'.repeat(64)),
    )
    const time = fc.constantFrom('20261129T120001Z', '20261130T000000Z', '20261129T1200', 'now', '')
    const token = fc.constantFrom<Record<string, string>[]>({}, { 'x-amz-security-token': 'token' })
    const day = fc.constantFrom('20261129', '20261130')
    const names = fc.constantFrom('host;x-amz-date', 'host', 'x-amz-date')
    fc.assert(
      fc.property(signature, time, token, day, names, (sign, date, more, on, of) => {
        const one = request({ authorization: authorization(sign, on, of), 'x-amz-date': date, ...more })
        assert.deepEqual(
          outcome(() => known.claim(one)),
          outcome(() => readClaim(one, 'json')),
        )
      }),
    )
  })

  it('is for what that one was, unless it says more than its path', () => {
    const known = opened()
    const first = request()
    const claim = known.claim(first) as SigV4Claim
    const target = known.target(first, claim)
    assert.notEqual(known.target(first, claim), target)
    known.proven(first, claim, target)
    assert.equal(known.target(request({ authorization: authorization('1'.repeat(64)) }), claim), target)
    const others = [
      request({}, '/endpoints/other/invocations'),
      request({ 'x-amz-target': 'SageMaker.CreateModel' }),
      request({ 'smithy-protocol': 'rpc-v2-cbor' }),
      { ...request(), query: 'x-id=InvokeEndpoint' },
      { ...request(), method: 'PUT' },
    ]
    for (const other of others) assert.notEqual(known.target(other, claim), target)
    assert.notEqual(known.target(first, { ...claim, service: 's3' }), target)
  })
})
