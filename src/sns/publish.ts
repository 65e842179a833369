import type { BatchResultErrorEntry, PublishBatchRequestEntry } from '@aws-sdk/client-sns'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { Transaction } from '../store/store.ts'
import { type GivenMessage, type Message, messageOf, mostBytes, sizeOf } from './message.ts'
import { snsError } from './sns-error.ts'
import type { Op } from './sns-operation.ts'
import { requireTopicArn } from './topic-arn.ts'
import { requireTopic } from './topic-row.ts'

/**
 * Hands a message to a topic by the commit of a transaction, with leave already given. Where nobody has subscribed nothing is written.
 * Returns the message's id. Throws NotFoundException for a topic that is not there.
 */
export async function insertMessage(
  tx: Transaction,
  arn: string,
  given: Pick<Message, 'subject' | 'texts' | 'attributes'>,
): Promise<string> {
  await requireTopic(tx.db, arn)
  const id = randomness.uuid()
  const listener = await tx.db
    .selectFrom('sns_subscription')
    .select('id')
    .where('topic_arn', '=', arn)
    .where('state', '=', 'confirmed')
    .limit(1)
    .executeTakeFirst()
  if (!listener) return id
  const message: Message = { id, ...given, published: clock.now() }
  const row = { topic_arn: arn, announced: message.published, body: JSON.stringify(message), after: '' }
  await tx.db.insertInto('sns_message').values(row).execute()
  await tx.enqueue('topic', arn)
  return id
}

export const publish: Op<'Publish'> = async (input, ctx) => {
  if (input.PhoneNumber !== undefined) throw snsError.notServed('PhoneNumber', 'no message is sent to a phone.')
  if (input.TopicArn !== undefined && input.TargetArn !== undefined)
    throw snsError.invalid('Exactly one of TopicArn, TargetArn and PhoneNumber must be specified')
  if (input.TopicArn === undefined && input.TargetArn === undefined)
    throw snsError.invalid('TopicArn or TargetArn Reason: no value for required parameter')
  const { arn } = requireTopicArn(input.TopicArn ?? input.TargetArn, ctx)
  const message = messageOf(input)
  const MessageId = await ctx.store.transaction(tx => insertMessage(tx, arn, message))
  return { MessageId }
}

const mostEntries = 10

export const publishBatch: Op<'PublishBatch'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  const { PublishBatchRequestEntries: entries } = input
  requireBatch(entries)
  const judged = entries.map(judge)
  const ids = await ctx.store.transaction(async tx => {
    await requireTopic(tx.db, arn)
    const told: (string | undefined)[] = []
    for (const { message } of judged) told.push(message && (await insertMessage(tx, arn, message)))
    return told
  })
  return {
    Successful: entries.flatMap(({ Id }, index) => (ids[index] === undefined ? [] : [{ Id, MessageId: ids[index] }])),
    Failed: judged.flatMap(({ failure }) => (failure ? [failure] : [])),
  }
}

function requireBatch(entries: readonly (PublishBatchRequestEntry & GivenMessage)[]): void {
  if (entries.length === 0)
    throw snsError.batch('EmptyBatchRequestException', "The batch request doesn't contain any entries.")
  if (entries.length > mostEntries)
    throw snsError.batch(
      'TooManyEntriesInBatchRequestException',
      `The batch request contains more entries than permissible: at most ${mostEntries}.`,
    )
  if (entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id ?? '')))
    throw snsError.batch(
      'InvalidBatchEntryIdException',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    )
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw snsError.batch(
      'BatchEntryIdsNotDistinctException',
      'Two or more batch entries in the request have the same Id.',
    )
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > mostBytes)
    throw snsError.batch(
      'BatchRequestTooLongException',
      'The length of all the batch messages put together is more than the limit.',
    )
}

interface Judged {
  readonly message?: ReturnType<typeof messageOf>
  readonly failure?: BatchResultErrorEntry
}

/** An entry that is no message is told; the others are messages. */
function judge(entry: PublishBatchRequestEntry & GivenMessage): Judged {
  try {
    return { message: messageOf(entry) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const Code = error.code === 'InvalidParameterException' ? 'InvalidParameter' : 'ParameterValueInvalid'
    return { failure: { Id: entry.Id, Code, Message: error.message, SenderFault: true } }
  }
}
