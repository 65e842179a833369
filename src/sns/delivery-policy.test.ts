import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkSubscriptionPolicy,
  checkTopicPolicy,
  delayOf,
  effectivePolicy,
  effectiveTopicPolicy,
} from './delivery-policy.ts'

const retries = (policy: object) => JSON.stringify({ healthyRetryPolicy: policy })
const delays = (policy: object): number[] => {
  const { healthyRetryPolicy } = effectivePolicy(undefined, retries(policy))
  return Array.from({ length: healthyRetryPolicy.numRetries }, (_, index) => delayOf(healthyRetryPolicy, index + 1))
}

test('without a policy there are three retries, twenty seconds apart', () => assert.deepEqual(delays({}), [20, 20, 20]))

test('retries go through the phases: at once, the least delay, growing, the greatest', () => {
  const phases = { numNoDelayRetries: 2, numMinDelayRetries: 1, numMaxDelayRetries: 2 }
  const policy = { ...phases, numRetries: 8, minDelayTarget: 10, maxDelayTarget: 40 }
  assert.deepEqual(delays(policy), [0, 0, 10, 10, 25, 40, 40, 40])
})

for (const backoffFunction of ['linear', 'arithmetic', 'geometric', 'exponential'])
  test(`${backoffFunction} backoff grows from the least to the greatest delay`, () => {
    const grown = delays({ numRetries: 10, minDelayTarget: 1, maxDelayTarget: 60, backoffFunction })
    assert.deepEqual([grown[0], grown.at(-1)], [1, 60])
    assert.deepEqual(
      grown,
      grown.toSorted((a, b) => a - b),
    )
  })

test('the subscription’s word is before the topic’s, unless the topic forbids it', () => {
  const topic = (more: object) => JSON.stringify({ http: { defaultHealthyRetryPolicy: { numRetries: 7 }, ...more } })
  const count = (text: string, own?: string) => effectivePolicy(text, own).healthyRetryPolicy.numRetries
  assert.equal(count(topic({})), 7)
  assert.equal(count(topic({}), retries({ numRetries: 1 })), 1)
  assert.equal(count(topic({ disableSubscriptionOverrides: true }), retries({ numRetries: 1 })), 7)
})

test('what is told as effective may be set again', () => {
  checkTopicPolicy(effectiveTopicPolicy(undefined))
  const effective = effectivePolicy(undefined, undefined)
  checkSubscriptionPolicy(JSON.stringify({ ...effective, sicklyRetryPolicy: null, guaranteed: false }))
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ['x', /failed to parse/],
  ['[]', /must be an object/],
  ['{"other":1}', /has no other/],
  [retries({ numRetries: 101 }), /numRetries must be a whole number from 0 to 100/],
  [retries({ minDelayTarget: 30, maxDelayTarget: 20 }), /must not be greater/],
  [retries({ numRetries: 2, numNoDelayRetries: 3 }), /must not be less/],
  [retries({ numRetries: 100, minDelayTarget: 60, maxDelayTarget: 60 }), /longer than 3600 seconds/],
  [retries({ backoffFunction: 'none' }), /backoffFunction/],
  [retries({ times: 3 }), /has no times/],
  ['{"throttlePolicy":{"maxReceivesPerSecond":0}}', /maxReceivesPerSecond/],
  ['{"requestPolicy":{"headerContentType":"text/x\\r\\nx: y"}}', /headerContentType/],
  ['{"sicklyRetryPolicy":{}}', /sicklyRetryPolicy is not served/],
]
for (const [policy, says] of refusals)
  test(`refused: ${policy}`, () => assert.throws(() => checkSubscriptionPolicy(policy), { message: says }))
