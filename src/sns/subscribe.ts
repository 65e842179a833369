import { insertDeliveries } from '../delivery/insert-deliveries.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { isMailAddress } from '../outgoing/mailer.ts'
import { quotas } from '../quotas/quotas.ts'
import type { Store, Transaction } from '../store/store.ts'
import { isFiltered, requireFilterRoom } from './filter-room.ts'
import type { Notice } from './notification.ts'
import { snsError } from './sns-error.ts'
import type { Op, SnsContext } from './sns-operation.ts'
import { withSubscriptionAttributes } from './subscription-attribute.ts'
import {
  findSubscription,
  type SubscriptionAttributes,
  type SubscriptionRow,
  subscriptionAttributes,
} from './subscription-row.ts'
import type { SubscriptionTokens } from './subscription-token.ts'
import { requireTopicArn } from './topic-arn.ts'
import { requireTopic } from './topic-row.ts'

const whyNot: Readonly<Record<string, string>> = {
  sms: 'no message is sent to a phone.',
  application: 'no message is sent to a phone.',
  sqs: 'there are no queues.',
  lambda: 'there are no functions.',
  firehose: 'there are no delivery streams.',
}
const longestEndpoint = 2048

/** What a pending subscription is told as, to whoever does not ask for its ARN. */
const pending = 'pending confirmation'

function requireEndpoint(
  { Protocol: protocol, Endpoint: endpoint }: { Protocol: string; Endpoint?: string },
  ctx: SnsContext,
) {
  if (whyNot[protocol] !== undefined) throw snsError.notServed(`Protocol ${protocol}`, whyNot[protocol])
  if (!/^(https?|email(-json)?)$/.test(protocol))
    throw snsError.invalid(`Does not support this protocol string: ${protocol}`)
  if (endpoint === undefined || Buffer.byteLength(endpoint) > longestEndpoint) throw snsError.invalid('Endpoint')
  return protocol.startsWith('email') ? requireAddress(protocol, endpoint, ctx) : requireUrl(protocol, endpoint, ctx)
}

function requireAddress(protocol: string, address: string, { isMailed }: SnsContext): string {
  if (!isMailed) throw snsError.notServed(`Protocol ${protocol}`, 'the operator has named no mail server (--smtp-url).')
  if (!isMailAddress(address)) throw snsError.invalid('Email address')
  return address
}

function requireUrl(protocol: string, endpoint: string, ctx: SnsContext): string {
  if (!endpoint.toLowerCase().startsWith(`${protocol}://`))
    throw snsError.invalid('Endpoint must match the specified protocol')
  const problem = ctx.wayOut.problem(endpoint)
  if (problem !== undefined) throw snsError.invalid(`Endpoint Reason: ${problem}`)
  return endpoint
}

/** One that is there already is answered; while it is pending its endpoint is asked again. */
export const subscribe: Op<'Subscribe'> = async (input, ctx) => {
  const { arn: topic } = requireTopicArn(input.TopicArn, ctx)
  const endpoint = requireEndpoint(input, ctx)
  const attributes = withSubscriptionAttributes({}, input.Attributes ?? {}, input.Protocol)
  const row = await ctx.store.transaction(async tx => {
    await requireTopic(tx.db, topic)
    const old = await tx.db
      .selectFrom('sns_subscription')
      .selectAll()
      .where('topic_arn', '=', topic)
      .where('protocol', '=', input.Protocol)
      .where('endpoint', '=', endpoint)
      .where('owner', '=', ctx.account)
      .where('state', '!=', 'deleted')
      .executeTakeFirst()
    if (!old) return insertSubscription(tx, ctx, { topic, protocol: input.Protocol, endpoint, attributes })
    if (input.Attributes) requireSame(old, attributes)
    if (old.state === 'pending') await ask(tx, old, 'SubscriptionConfirmation')
    return old
  })
  return { SubscriptionArn: row.state === 'pending' && input.ReturnSubscriptionArn !== true ? pending : row.arn }
}

function requireSame(old: SubscriptionRow, attributes: SubscriptionAttributes): void {
  const before = subscriptionAttributes(old)
  const names = Object.keys(attributes) as (keyof SubscriptionAttributes)[]
  if (names.some(name => before[name] !== attributes[name]))
    throw snsError.invalid('Attributes Reason: Subscription already exists with different attributes')
}

interface Asked {
  readonly topic: string
  readonly protocol: string
  readonly endpoint: string
  readonly attributes: SubscriptionAttributes
}

const mostPending = quotas.sns.pendingSubscriptions.value

/** Throws SubscriptionLimitExceededException for who has had too many asked already that have not answered. */
async function requireRoom({ db }: Transaction, owner: string): Promise<void> {
  const last = await db
    .selectFrom('sns_subscription')
    .select('state')
    .where('owner', '=', owner)
    .where('state', '=', 'pending')
    .offset(mostPending - 1)
    .limit(1)
    .executeTakeFirst()
  if (last) throw snsError.subscriptionLimit(mostPending)
}

async function insertSubscription(tx: Transaction, ctx: SnsContext, asked: Asked): Promise<SubscriptionRow> {
  await requireRoom(tx, ctx.account)
  if (isFiltered(asked.attributes)) await requireFilterRoom(tx.db, { owner: ctx.account, topic_arn: asked.topic })
  const id = randomness.uuid()
  const at = ctx.now().getTime()
  const row: SubscriptionRow = {
    ...{ arn: `${asked.topic}:${id}`, id, topic_arn: asked.topic, owner: ctx.account, region: ctx.region },
    ...{ principal: ctx.principal.arn, protocol: asked.protocol, endpoint: asked.endpoint, state: 'pending' },
    ...{ token_issued: at, confirmed_signed: 0, signed_end: 0, created: at, retry_at: 0 },
    attributes: JSON.stringify(asked.attributes),
    filtered: isFiltered(asked.attributes) ? 1 : 0,
  }
  await tx.db.insertInto('sns_subscription').values(row).execute()
  await ask(tx, row, 'SubscriptionConfirmation')
  return row
}

const questions = {
  SubscriptionConfirmation: (topic: string) =>
    `Somebody wants the messages of the topic ${topic} to be sent to you.\nIf you agree, visit the SubscribeURL of this message.`,
  UnsubscribeConfirmation: (topic: string) =>
    `The messages of the topic ${topic} are not sent to you any more.\nIf that is a mistake, visit the SubscribeURL of this message.`,
}

/** Puts the question whether it is wanted into a subscription's queue. Tokens of questions before hold on. */
export async function ask(
  tx: Transaction,
  { arn, id, topic_arn }: Pick<SubscriptionRow, 'arn' | 'id' | 'topic_arn'>,
  Type: keyof typeof questions,
): Promise<void> {
  const at = clock.now()
  await tx.db.updateTable('sns_subscription').set({ token_issued: at }).where('arn', '=', arn).execute()
  const notice: Notice = {
    ...{ Type, MessageId: randomness.uuid(), Message: questions[Type](topic_arn) },
    Timestamp: new Date(at).toISOString(),
  }
  await insertDeliveries(tx, [{ rule_arn: topic_arn, target_id: id, announced: at, body: JSON.stringify(notice) }])
}

interface Confirmation {
  readonly topic: string
  readonly token: string
  readonly isSigned: boolean
  /** Nobody may end it who does not sign. */
  readonly signedEnd: boolean
}

/** Confirms a subscription by its token. Returns its ARN. Throws InvalidParameterException, NotFoundException. */
export async function confirm(
  store: Store,
  tokens: SubscriptionTokens,
  { topic, token, isSigned, signedEnd }: Confirmation,
): Promise<string> {
  const id = tokens.idOf(token)
  return store.transaction(async ({ db }) => {
    await requireTopic(db, topic)
    const row = id === undefined ? undefined : await findSubscription(db, `${topic}:${id}`)
    if (!row || !tokens.isOf(token, row, clock.now())) throw snsError.invalid('Token')
    const confirmed = { state: 'confirmed', confirmed_signed: isSigned ? 1 : 0, signed_end: signedEnd ? 1 : 0 }
    if (row.state !== 'confirmed')
      await db.updateTable('sns_subscription').set(confirmed).where('arn', '=', row.arn).execute()
    return row.arn
  })
}

export const confirmSubscription: Op<'ConfirmSubscription'> = async (input, ctx) => {
  const { arn: topic } = requireTopicArn(input.TopicArn, ctx)
  const signedEnd = input.AuthenticateOnUnsubscribe === 'true'
  const told = { topic, token: input.Token, isSigned: true, signedEnd }
  return { SubscriptionArn: await confirm(ctx.store, ctx.tokens, told) }
}
