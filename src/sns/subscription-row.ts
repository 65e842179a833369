import type { Selectable } from 'kysely'
import type { Db } from '../store/database.ts'
import type { SnsSubscriptionTable } from '../store/schema/sns-tables.ts'
import { snsError } from './sns-error.ts'

export type SubscriptionRow = Selectable<SnsSubscriptionTable>

/** Attributes of a subscription that were set (API Reference, SetSubscriptionAttributes). */
export interface SubscriptionAttributes {
  readonly RawMessageDelivery?: 'true' | 'false'
  readonly FilterPolicy?: string
  readonly FilterPolicyScope?: 'MessageAttributes' | 'MessageBody'
  readonly DeliveryPolicy?: string
}

export const subscriptionAttributes = ({ attributes }: Pick<SubscriptionRow, 'attributes'>): SubscriptionAttributes =>
  JSON.parse(attributes)

export const findSubscription = (db: Db, arn: string): Promise<SubscriptionRow | undefined> =>
  db.selectFrom('sns_subscription').selectAll().where('arn', '=', arn).executeTakeFirst()

const form = /^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}:[0-9a-f-]{36}$/

/** Throws InvalidParameterException for what is no ARN of a subscription, as the word for one that is not confirmed. */
export function requireSubscriptionArn(arn: string): string {
  if (!form.test(arn))
    throw snsError.invalid(
      arn.split(':').length < 6
        ? `SubscriptionArn Reason: An ARN must have at least 6 elements, not ${arn.split(':').length}`
        : 'SubscriptionArn',
    )
  return arn
}

/** Throws NotFoundException. */
export async function requireSubscription(db: Db, arn: string): Promise<SubscriptionRow> {
  const row = await findSubscription(db, requireSubscriptionArn(arn))
  if (!row || row.state === 'deleted') throw snsError.noSubscription()
  return row
}
