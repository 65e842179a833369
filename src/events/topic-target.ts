import type { Outcome } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import type { Platform } from '../service/context.ts'
import type { Published } from '../sns/publish-as.ts'
import { publishToTopic } from '../sns/publish-to-topic.ts'
import { type RoutedEvent, targetInput } from './target-input.ts'
import { optionsOf, type TargetRow } from './target-row.ts'

/** EventBridge User Guide, "Using dead-letter queues": the codes of what is not tried again. */
const codes = {
  NotFound: 'RESOURCE_NOT_FOUND',
  AuthorizationError: 'NO_PERMISSIONS',
  InvalidParameter: 'INVALID_INPUT',
}

/** Publishes events to a topic of SNS, as its policy lets `events.amazonaws.com`; all by one commit. */
export function publishEvents(
  { store, iam }: Pick<Platform, 'store' | 'iam'>,
  target: TargetRow,
  events: readonly Outgoing[],
): Promise<Outcome[]> {
  const { rule_arn: ruleArn, account, arn: topicArn } = target
  const from = { service: 'events.amazonaws.com', sourceArn: ruleArn, sourceAccount: account }
  return store.transaction(async tx => {
    const outcomes: Outcome[] = []
    for (const { body, announced } of events) {
      const message = messageOf(target, { body, announced, ruleArn })
      if (message instanceof Undeliverable) outcomes.push(message)
      else outcomes.push(outcomeOf(await publishToTopic(tx, { iam }, { topicArn, message, ...from })))
    }
    return outcomes
  })
}

function messageOf(target: TargetRow, event: RoutedEvent): string | Undeliverable {
  try {
    return targetInput(optionsOf(target), event)
  } catch (error) {
    if (error instanceof Undeliverable) return error
    throw error
  }
}

const outcomeOf = (published: Published): Outcome =>
  'refused' in published ? new Undeliverable(codes[published.code], published.refused) : undefined
