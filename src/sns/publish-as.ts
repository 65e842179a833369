import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { Platform } from '../service/context.ts'
import type { Principal } from '../service/principal.ts'
import type { Transaction } from '../store/store.ts'
import { messageOf } from './message.ts'
import { insertMessage } from './publish.ts'
import { parseTopicArn } from './topic-arn.ts'
import { findTopic } from './topic-row.ts'

/** Why a topic does not take a message, with SNS's own code for that. */
export interface Refusal {
  readonly refused: string
  readonly code: 'NotFound' | 'AuthorizationError' | 'InvalidParameter'
}

/** The message's id, or why there is none. */
export type Published = { readonly messageId: string } | Refusal

export const noSuchTopic = (arn: string): Refusal => ({ refused: `Topic ${arn} does not exist`, code: 'NotFound' })

/** The refusal that an error means. Throws what is none. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof AccessDenied) return { refused: error.message, code: 'AuthorizationError' }
  if (error instanceof ServiceError) return { refused: error.message, code: 'InvalidParameter' }
  throw error
}

/** Why a principal may not publish to a topic, by its own policies and the topic's; undefined when it may. */
export async function publishRefusal(
  { store, iam }: Pick<Platform, 'store' | 'iam'>,
  principal: Principal,
  arn: string,
): Promise<Refusal | undefined> {
  const name = parseTopicArn(arn)
  const topic = name && (await findTopic(store.db, arn))
  const access = { action: 'SNS:Publish', resource: arn, owner: name?.account ?? principal.account }
  try {
    await iam.authorize(principal, { ...access, ...(topic && { resourcePolicy: topic.policy }) })
    return topic ? undefined : noSuchTopic(arn)
  } catch (error) {
    return refusalOf(error)
  }
}

/** Hands a message to a topic by the commit of a transaction, with leave already given. */
export async function publishText(
  tx: Transaction,
  arn: string,
  { message, subject }: { readonly message: string; readonly subject?: string | undefined },
): Promise<Published> {
  try {
    return { messageId: await insertMessage(tx, arn, messageOf({ Message: message, Subject: subject })) }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotFoundException') return noSuchTopic(arn)
    return refusalOf(error)
  }
}
