import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SubscriptionRow } from './subscription-row.ts'

type Named = Pick<SubscriptionRow, 'id' | 'topic_arn'>

/** What whoever receives at an endpoint shows to agree. It is made from a secret and kept nowhere. */
export interface SubscriptionTokens {
  /** `issued`: when the question was asked; milliseconds. */
  of(subscription: Named, issued: number): string
  /** The id of the subscription that a token names, be it genuine or not. */
  idOf(token: string): string | undefined
  /** Whether it is the subscription's, and holds still. */
  isOf(token: string, subscription: Named, now: number): boolean
}

/** API Reference, Subscribe: "Confirmation tokens are valid for two days." */
export const tokenMs = 2 * 24 * 3_600_000

/** The id, the time, and what only the secret makes of both. */
const form = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([0-9a-f]{12})[0-9a-f]{64}$/

/** Tokens by a secret of the installation. */
export function createSubscriptionTokens(secret: Buffer): SubscriptionTokens {
  const of: SubscriptionTokens['of'] = ({ id, topic_arn }, issued) => {
    const proof = createHmac('sha256', secret).update(`${topic_arn}\n${id}\n${issued}`).digest('hex')
    return id.replaceAll('-', '') + issued.toString(16).padStart(12, '0') + proof
  }
  return {
    of,
    idOf: token => form.exec(token)?.slice(1, 6).join('-'),
    isOf(token, subscription, now) {
      const issued = Number.parseInt(form.exec(token)?.[6] ?? '0', 16)
      const [given, genuine] = [Buffer.from(token), Buffer.from(of(subscription, issued))]
      const isGenuine = given.length === genuine.length && timingSafeEqual(given, genuine)
      return isGenuine && now - issued <= tokenMs
    },
  }
}
