import { emptyQueue } from '../delivery/empty-queue.ts'
import { turns } from '../ground/turns.ts'
import { quotas } from '../quotas/quotas.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import { removeAllTags } from '../store/tags.ts'
import { effectiveTopicPolicy } from './delivery-policy.ts'
import { snsError } from './sns-error.ts'
import type { Op } from './sns-operation.ts'
import { requireTopicArn, topicArn } from './topic-arn.ts'
import { withAttributes } from './topic-attribute.ts'
import { defaultPolicy } from './topic-policy.ts'
import { attributesOf, findTopic, requireTopic, type TopicRow } from './topic-row.ts'
import { putTags, tagsOf } from './topic-tag.ts'

/** A topic that is there already is answered, unless what is given tells another one (API Reference, CreateTopic). */
export const createTopic: Op<'CreateTopic'> = async (input, ctx) => {
  const { Name: name, Attributes = {}, Tags = [] } = input
  if (/\.fifo$/.test(name)) throw snsError.notServed(`Topic Name ${name}`, 'there are no FIFO topics.')
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw snsError.invalid('Topic Name')
  const { DataProtectionPolicy } = input
  const arn = topicArn(ctx, name)
  const { Policy = defaultPolicy(arn, ctx.account), ...given } = withAttributes(
    {},
    { ...Attributes, ...(DataProtectionPolicy !== undefined && { DataProtectionPolicy }) },
    ctx,
  )
  await ctx.store.transaction(async tx => {
    const old = await findTopic(tx.db, arn)
    if (old) return requireSame(tx, old, Attributes, Tags)
    await requireRoom(tx.db, ctx.account)
    const row = { arn, account: ctx.account, region: ctx.region, name, created: ctx.now().getTime() }
    await tx.db
      .insertInto('sns_topic')
      .values({ ...row, policy: Policy, attributes: JSON.stringify(given) })
      .execute()
    await putTags(tx, arn, Tags)
  })
  return { TopicArn: arn }
}

const mostTopics = quotas.sns.topics.value

/** Throws TopicLimitExceededException. */
async function requireRoom(db: Db, account: string): Promise<void> {
  const last = await db
    .selectFrom('sns_topic')
    .select('region')
    .where('account', '=', account)
    .orderBy('region')
    .orderBy('name')
    .offset(mostTopics - 1)
    .limit(1)
    .executeTakeFirst()
  if (last) throw snsError.topicLimit(mostTopics)
}

async function requireSame(
  tx: { readonly db: Db },
  topic: TopicRow,
  given: Readonly<Record<string, string>>,
  tags: readonly { readonly Key: string; readonly Value: string }[],
): Promise<void> {
  const kept: Readonly<Record<string, string>> = { Policy: topic.policy, ...attributesOf(topic) }
  const usual: Readonly<Record<string, string>> = {
    FifoTopic: 'false',
    SignatureVersion: '1',
    TracingConfig: 'PassThrough',
  }
  const isOther = Object.entries(given).some(([name, value]) => value !== (kept[name] ?? usual[name] ?? ''))
  if (isOther) throw snsError.invalid('Attributes Reason: Topic already exists with different attributes')
  if (tags.length === 0) return
  const before = new Map((await tagsOf(tx, topic.arn)).map(({ Key, Value }) => [Key, Value]))
  if (tags.some(({ Key, Value }) => before.get(Key) !== Value))
    throw snsError.invalid('Tags Reason: Topic already exists with different tags')
}

/** All that is a topic's goes with it; one that is not there is deleted with success. */
export const deleteTopic: Op<'DeleteTopic'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  await emptyTopic(ctx.store.db, arn)
  await ctx.store.transaction(async ({ db }) => {
    await db.deleteFrom('sns_topic').where('arn', '=', arn).execute()
    await db.deleteFrom('sns_subscription').where('topic_arn', '=', arn).execute()
    await db.deleteFrom('sns_message').where('topic_arn', '=', arn).execute()
    await db.deleteFrom('event_delivery').where('rule_arn', '=', arn).execute()
    await removeAllTags(db, arn)
  })
  return {}
}

/** As many as one statement deletes. */
const atOnce = 500

/** Most of what a topic has goes before it, in turns with other work: subscriptions first, so that nothing more is put into their queues. */
async function emptyTopic(db: Db, arn: string): Promise<void> {
  for (;;) {
    await turns.take(arn)
    const some = db.selectFrom('sns_subscription').select('arn').where('topic_arn', '=', arn).limit(atOnce)
    const { numDeletedRows } = await db
      .deleteFrom('sns_subscription')
      .where('arn', 'in', some)
      .executeTakeFirstOrThrow()
    if (numDeletedRows < atOnce) break
  }
  for (;;) {
    await turns.take(arn)
    const some = db.selectFrom('sns_message').select('sequence').where('topic_arn', '=', arn).limit(atOnce)
    const { numDeletedRows } = await db
      .deleteFrom('sns_message')
      .where('sequence', 'in', some)
      .executeTakeFirstOrThrow()
    if (numDeletedRows < atOnce) break
  }
  await emptyQueue(db, arn)
}

/** API Reference, ListTopics: "Each call returns a limited list of topics, up to 100." */
const pageSize = 100

export const listTopics: Op<'ListTopics'> = async (input, ctx) => {
  const pages = paging<string>(['sns', 'ListTopics', ctx.account, ctx.region], input.NextToken, () =>
    snsError.invalid('NextToken'),
  )
  const rows = await ctx.store.db
    .selectFrom('sns_topic')
    .select(['arn', 'name'])
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('name', '>', pages.after ?? '')
    .orderBy('name')
    .limit(pageSize + 1)
    .execute()
  const { items, next } = pages.cut(rows, pageSize, ({ name }) => name)
  return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), ...(next && { NextToken: next }) }
}

export const getTopicAttributes: Op<'GetTopicAttributes'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  const topic = await requireTopic(ctx.store.db, arn)
  const set = attributesOf(topic)
  const counts = await ctx.store.db
    .selectFrom('sns_subscription')
    .select(['state', eb => eb.fn.countAll<number>().as('count')])
    .where('topic_arn', '=', arn)
    .groupBy('state')
    .execute()
  const count = (state: string) => String(counts.find(one => one.state === state)?.count ?? 0)
  return {
    Attributes: {
      ...{ TopicArn: arn, Owner: topic.account, Policy: topic.policy, DisplayName: '', TracingConfig: 'PassThrough' },
      ...set,
      EffectiveDeliveryPolicy: effectiveTopicPolicy(set.DeliveryPolicy),
      SubscriptionsConfirmed: count('confirmed'),
      SubscriptionsPending: count('pending'),
      SubscriptionsDeleted: count('deleted'),
    },
  }
}

/** A policy that is set to nothing is the one that the topic began with. */
export const setTopicAttributes: Op<'SetTopicAttributes'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  const { AttributeName: name, AttributeValue: value = '' } = input
  await ctx.store.transaction(async ({ db }) => {
    const topic = await requireTopic(db, arn)
    if (name === 'FifoTopic') throw snsError.invalid('AttributeName')
    const given = name === 'Policy' && value === '' ? defaultPolicy(arn, topic.account) : value
    const { Policy: policy = topic.policy, ...rest } = withAttributes(attributesOf(topic), { [name]: given }, ctx)
    await db
      .updateTable('sns_topic')
      .set({ policy, attributes: JSON.stringify(rest) })
      .where('arn', '=', arn)
      .execute()
  })
  return {}
}
