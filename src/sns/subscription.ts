import { paging } from '../service/page.ts'
import { effectivePolicy } from './delivery-policy.ts'
import { isFiltered, requireFilterRoom } from './filter-room.ts'
import { snsError } from './sns-error.ts'
import type { Op } from './sns-operation.ts'
import { withSubscriptionAttributes } from './subscription-attribute.ts'
import { requireSubscription, type SubscriptionRow, subscriptionAttributes } from './subscription-row.ts'
import { requireTopicArn } from './topic-arn.ts'
import { attributesOf, findTopic, requireTopic } from './topic-row.ts'
import { requireParty } from './unsubscribe.ts'

/** API Reference, ListSubscriptions: "a limited list of subscriptions, up to 100". */
const pageSize = 100

const states: Readonly<Record<string, string>> = { pending: 'PendingConfirmation', deleted: 'Deleted' }

const listed = ({ arn, state, owner, protocol, endpoint, topic_arn }: SubscriptionRow) => ({
  ...{ SubscriptionArn: states[state] ?? arn, Owner: owner, Protocol: protocol, Endpoint: endpoint },
  TopicArn: topic_arn,
})

const badToken = () => snsError.invalid('NextToken')

export const listSubscriptions: Op<'ListSubscriptions'> = async (input, ctx) => {
  const pages = paging<string>(['sns', 'ListSubscriptions', ctx.account, ctx.region], input.NextToken, badToken)
  const rows = await ctx.store.db
    .selectFrom('sns_subscription')
    .selectAll()
    .where('owner', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('arn', '>', pages.after ?? '')
    .orderBy('arn')
    .limit(pageSize + 1)
    .execute()
  const { items, next } = pages.cut(rows, pageSize, ({ arn }) => arn)
  return { Subscriptions: items.map(listed), ...(next && { NextToken: next }) }
}

export const listSubscriptionsByTopic: Op<'ListSubscriptionsByTopic'> = async (input, ctx) => {
  const { arn: topic } = requireTopicArn(input.TopicArn, ctx)
  await requireTopic(ctx.store.db, topic)
  const pages = paging<string>(['sns', 'ListSubscriptionsByTopic', topic], input.NextToken, badToken)
  const rows = await ctx.store.db
    .selectFrom('sns_subscription')
    .selectAll()
    .where('topic_arn', '=', topic)
    .where('id', '>', pages.after ?? '')
    .orderBy('id')
    .limit(pageSize + 1)
    .execute()
  const { items, next } = pages.cut(rows, pageSize, ({ id }) => id)
  return { Subscriptions: items.map(listed), ...(next && { NextToken: next }) }
}

export const getSubscriptionAttributes: Op<'GetSubscriptionAttributes'> = async (input, ctx) => {
  const row = await requireSubscription(ctx.store.db, input.SubscriptionArn)
  requireParty(row, ctx.account, ctx.principal.arn, 'SNS:GetSubscriptionAttributes')
  const set = subscriptionAttributes(row)
  const topic = await findTopic(ctx.store.db, row.topic_arn)
  const policy = effectivePolicy(topic && attributesOf(topic).DeliveryPolicy, set.DeliveryPolicy)
  return {
    Attributes: {
      ...{ SubscriptionArn: row.arn, TopicArn: row.topic_arn, Owner: row.owner, SubscriptionPrincipal: row.principal },
      ...{ Protocol: row.protocol, Endpoint: row.endpoint, RawMessageDelivery: 'false' },
      PendingConfirmation: String(row.state === 'pending'),
      ConfirmationWasAuthenticated: String(row.confirmed_signed === 1),
      ...(set.FilterPolicy !== undefined && { FilterPolicyScope: 'MessageAttributes' }),
      ...set,
      EffectiveDeliveryPolicy: JSON.stringify({ ...policy, sicklyRetryPolicy: null, guaranteed: false }),
    },
  }
}

export const setSubscriptionAttributes: Op<'SetSubscriptionAttributes'> = async (input, ctx) => {
  const { AttributeName: name, AttributeValue: value = '' } = input
  await ctx.store.transaction(async ({ db }) => {
    const row = await requireSubscription(db, input.SubscriptionArn)
    requireParty(row, ctx.account, ctx.principal.arn, 'SNS:SetSubscriptionAttributes')
    const set = withSubscriptionAttributes(subscriptionAttributes(row), { [name]: value }, row.protocol)
    if (isFiltered(set) && row.filtered === 0) await requireFilterRoom(db, row)
    const changed = { attributes: JSON.stringify(set), filtered: isFiltered(set) ? 1 : 0 }
    await db.updateTable('sns_subscription').set(changed).where('arn', '=', row.arn).execute()
  })
  return {}
}
