import type { Iam } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Transaction } from '../store/store.ts'
import { noSuchTopic, type Published, publishText, refusalOf } from './publish-as.ts'
import { parseTopicArn } from './topic-arn.ts'
import { findTopic } from './topic-row.ts'

/** What a service of the platform tells a topic, for a resource of an account. */
export interface ServiceMessage {
  readonly topicArn: string
  readonly subject?: string
  readonly message: string
  /** As the topic's policy names it: `events.amazonaws.com`. */
  readonly service: string
  /** The rule, the alarm: `aws:SourceArn`. */
  readonly sourceArn: string
  /** Whose that is: `aws:SourceAccount`. */
  readonly sourceAccount: string
}

/** They act for the owner of what they tell of, so that the policy that a topic begins with lets them (CloudWatch User Guide, "Using Amazon CloudWatch alarms": no policy of the topic is asked for within an account). */
const actForTheOwner = new Set(['cloudwatch.amazonaws.com'])

/**
 * Hands a message to a topic by the commit of a transaction, as one of AWS's services does: the topic's policy must allow the service, and
 * may ask for what it acts for. Never throws for what the topic's owner decides: it says why nothing was published.
 */
export async function publishToTopic(
  tx: Transaction,
  { iam }: { readonly iam: Pick<Iam, 'authorize'> },
  told: ServiceMessage,
): Promise<Published> {
  const { topicArn, service, sourceArn, sourceAccount } = told
  const name = parseTopicArn(topicArn)
  const topic = name && (await findTopic(tx.db, topicArn))
  if (!topic) return noSuchTopic(topicArn)
  // Of no account: within its own the platform would be trusted without a policy.
  const principal: Principal = { kind: 'service', account: '', arn: service, userId: service }
  const conditions = {
    ...{ 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceAccount },
    ...(actForTheOwner.has(service) && { 'aws:SourceOwner': sourceAccount }),
  }
  const access = { action: 'SNS:Publish', resource: topicArn, owner: topic.account, resourcePolicy: topic.policy }
  try {
    await iam.authorize(principal, { ...access, conditions })
  } catch (error) {
    return refusalOf(error)
  }
  return publishText(tx, topicArn, told)
}
