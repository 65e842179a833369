import { snsError } from './sns-error.ts'

/** How often and how fast an HTTP(S) endpoint is tried again (SNS Developer Guide, "Amazon SNS message delivery retries"); delays in seconds. */
export interface RetryPolicy {
  readonly minDelayTarget: number
  readonly maxDelayTarget: number
  readonly numRetries: number
  readonly numNoDelayRetries: number
  readonly numMinDelayRetries: number
  readonly numMaxDelayRetries: number
  readonly backoffFunction: 'linear' | 'arithmetic' | 'geometric' | 'exponential'
}

/** What is in force for a subscription. */
export interface DeliveryPolicy {
  readonly healthyRetryPolicy: RetryPolicy
  readonly throttlePolicy: { readonly maxReceivesPerSecond: number } | null
  readonly requestPolicy: { readonly headerContentType: string }
}

type Given<T> = { readonly [Name in keyof T]?: T[Name] | null }
interface SubscriptionPolicy {
  readonly healthyRetryPolicy?: Given<RetryPolicy> | null
  readonly throttlePolicy?: DeliveryPolicy['throttlePolicy']
  readonly requestPolicy?: DeliveryPolicy['requestPolicy'] | null
}
interface TopicPolicy {
  readonly http?: {
    readonly defaultHealthyRetryPolicy?: Given<RetryPolicy> | null
    readonly defaultThrottlePolicy?: DeliveryPolicy['throttlePolicy']
    readonly defaultRequestPolicy?: DeliveryPolicy['requestPolicy'] | null
    readonly disableSubscriptionOverrides?: boolean
  }
}

const usual: RetryPolicy = {
  ...{ minDelayTarget: 20, maxDelayTarget: 20, numRetries: 3, numMaxDelayRetries: 0, numNoDelayRetries: 0 },
  ...{ numMinDelayRetries: 0, backoffFunction: 'linear' },
}
const usualContentType = 'text/plain; charset=UTF-8'

/** Bounds of the guide's table, each with its least and its most. */
const bounds: Readonly<Record<string, readonly [number, number]>> = {
  minDelayTarget: [1, 3600],
  maxDelayTarget: [1, 3600],
  numRetries: [0, 100],
  numNoDelayRetries: [0, 100],
  numMinDelayRetries: [0, 100],
  numMaxDelayRetries: [0, 100],
}
const functions = ['linear', 'arithmetic', 'geometric', 'exponential']
const contentTypes =
  /^(text\/(css|csv|html|plain|xml)|application\/(atom\+xml|json|octet-stream|soap\+xml|x-www-form-urlencoded|xhtml\+xml|xml))(; ?charset=(utf-8|utf-16|iso-8859-1))?$/i
/** "The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds." */
const mostSeconds = 3600

const refuse = (why: string): never => {
  throw snsError.invalid(`DeliveryPolicy: ${why}`)
}

type Members = Readonly<Record<string, unknown>>

function membersOf(value: unknown, name: string, known: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`${name} must be an object`)
  const other = Object.keys(value).find(member => !known.includes(member))
  return other === undefined ? (value as Members) : refuse(`${name} has no ${other}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse('failed to parse JSON.')
  }
}

/** Throws InvalidParameterException for what is no delivery policy of a subscription. */
export function checkSubscriptionPolicy(text: string): void {
  // `guaranteed` and `sicklyRetryPolicy` stand in what SNS itself answers as effective, with nothing in them.
  const names = ['healthyRetryPolicy', 'throttlePolicy', 'requestPolicy', 'sicklyRetryPolicy', 'guaranteed']
  const policy = membersOf(parsed(text), 'the policy', names)
  if (policy.sicklyRetryPolicy) refuse('sicklyRetryPolicy is not served')
  if (policy.guaranteed) refuse('guaranteed is not served')
  checkParts(policy.healthyRetryPolicy, policy.throttlePolicy, policy.requestPolicy)
}

/** Throws InvalidParameterException for what is no delivery policy of a topic. */
export function checkTopicPolicy(text: string): void {
  const { http } = membersOf(parsed(text), 'the policy', ['http'])
  if (http === undefined) return
  const names = [
    'defaultHealthyRetryPolicy',
    'defaultThrottlePolicy',
    'defaultRequestPolicy',
    'defaultSicklyRetryPolicy',
  ]
  const policy = membersOf(http, 'http', [...names, 'disableSubscriptionOverrides'])
  if (policy.defaultSicklyRetryPolicy) refuse('defaultSicklyRetryPolicy is not served')
  if (!['boolean', 'undefined'].includes(typeof policy.disableSubscriptionOverrides))
    refuse('disableSubscriptionOverrides must be true or false')
  checkParts(policy.defaultHealthyRetryPolicy, policy.defaultThrottlePolicy, policy.defaultRequestPolicy)
}

function checkParts(retries: unknown, throttle: unknown, request: unknown): void {
  if (retries !== undefined && retries !== null) checkRetries(retries)
  if (throttle !== undefined && throttle !== null) {
    const { maxReceivesPerSecond: most } = membersOf(throttle, 'the throttle policy', ['maxReceivesPerSecond'])
    if (!Number.isInteger(most) || (most as number) < 1) refuse('maxReceivesPerSecond must be a whole number from 1 on')
  }
  if (request !== undefined && request !== null) {
    const { headerContentType: type } = membersOf(request, 'the request policy', ['headerContentType'])
    if (typeof type !== 'string' || !contentTypes.test(type)) refuse(`headerContentType ${type} is not served`)
  }
}

function checkRetries(value: unknown): void {
  const given = membersOf(value, 'the retry policy', [...Object.keys(bounds), 'backoffFunction'])
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const number = given[name] ?? least
    if (!Number.isInteger(number) || (number as number) < least || (number as number) > most)
      refuse(`${name} must be a whole number from ${least} to ${most}`)
  }
  if (!functions.includes((given.backoffFunction ?? 'linear') as string))
    refuse(`backoffFunction must be one of ${functions.join(', ')}`)
  const policy = filled(given as Given<RetryPolicy>)
  if (policy.minDelayTarget > policy.maxDelayTarget) refuse('minDelayTarget must not be greater than maxDelayTarget')
  if (backoffs(policy) < 0) refuse('numRetries must not be less than the retries of all phases together')
  const seconds = Array.from({ length: policy.numRetries }, (_, index) => delayOf(policy, index + 1))
  if (seconds.reduce((sum, delay) => sum + delay, 0) > mostSeconds)
    refuse(`the retries together must not take longer than ${mostSeconds} seconds`)
}

/** What is left out is as usual; a least delay beyond the usual one takes the greatest with it. */
function filled(given: Given<RetryPolicy> = {}): RetryPolicy {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as Partial<RetryPolicy>
  const policy = { ...usual, ...set }
  if (set.maxDelayTarget === undefined)
    return { ...policy, maxDelayTarget: Math.max(usual.maxDelayTarget, policy.minDelayTarget) }
  if (set.minDelayTarget === undefined)
    return { ...policy, minDelayTarget: Math.min(usual.minDelayTarget, policy.maxDelayTarget) }
  return policy
}

const backoffs = (policy: RetryPolicy): number =>
  policy.numRetries - policy.numNoDelayRetries - policy.numMinDelayRetries - policy.numMaxDelayRetries

/** How the delay grows over the backoff phase, from 0 to 1. The guide shows curves only; these are ours. */
const growth: Readonly<Record<RetryPolicy['backoffFunction'], (share: number, ratio: number) => number>> = {
  linear: share => share,
  arithmetic: share => (share * (share + 1)) / 2,
  geometric: share => share ** 2,
  exponential: (share, ratio) => (ratio === 1 ? share : (ratio ** share - 1) / (ratio - 1)),
}

/** The delay before a retry, the first being 1, in seconds: none, the least, growing, the greatest, by its phase. */
export function delayOf(policy: RetryPolicy, retry: number): number {
  const { minDelayTarget: least, maxDelayTarget: most } = policy
  const inPhases = retry - policy.numNoDelayRetries
  if (inPhases <= 0) return 0
  const inBackoff = inPhases - policy.numMinDelayRetries
  if (inBackoff <= 0) return least
  const count = backoffs(policy)
  if (inBackoff > count) return most
  const share = count === 1 ? 1 : (inBackoff - 1) / (count - 1)
  return least + (most - least) * growth[policy.backoffFunction](share, most / least)
}

/** What is in force: the subscription's word, the topic's, the usual. */
export function effectivePolicy(topic: string | undefined, subscription: string | undefined): DeliveryPolicy {
  const { http = {} } = topic === undefined ? {} : (JSON.parse(topic) as TopicPolicy)
  const hasOwn = subscription !== undefined && http.disableSubscriptionOverrides !== true
  const own = hasOwn ? (JSON.parse(subscription) as SubscriptionPolicy) : {}
  return {
    healthyRetryPolicy: filled(own.healthyRetryPolicy ?? http.defaultHealthyRetryPolicy ?? {}),
    throttlePolicy: own.throttlePolicy ?? http.defaultThrottlePolicy ?? null,
    requestPolicy: own.requestPolicy ?? http.defaultRequestPolicy ?? { headerContentType: usualContentType },
  }
}

/** EffectiveDeliveryPolicy of a topic. */
export function effectiveTopicPolicy(topic: string | undefined): string {
  const { healthyRetryPolicy, throttlePolicy, requestPolicy } = effectivePolicy(topic, undefined)
  const { http = {} } = topic === undefined ? {} : (JSON.parse(topic) as TopicPolicy)
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: healthyRetryPolicy,
      disableSubscriptionOverrides: http.disableSubscriptionOverrides ?? false,
      ...(throttlePolicy && { defaultThrottlePolicy: throttlePolicy }),
      defaultRequestPolicy: requestPolicy,
    },
  })
}
