import type * as Sdk from '@aws-sdk/client-eventbridge'
import { emptyQueue } from '../delivery/empty-queue.ts'
import { deliveryKey } from '../delivery/receiver.ts'
import { parseGroupArn } from '../logs/log-group.ts'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { parseTopicArn } from '../sns/topic-arn.ts'
import { isReservedHeader } from './api-destination-request.ts'
import { isApiDestination } from './api-destination-target.ts'
import { requireDefaultBus } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'
import { requireRule, ruleArn } from './rule.ts'
import { checkTargetInput } from './target-input.ts'
import { optionsOf } from './target-row.ts'

type Target = Input<typeof Sdk, 'PutTargets'>['Targets'][number]

/** Of a rule. */
const mostTargets = quotas.events.targets.value

export const putTargets: Op<'PutTargets'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  for (const target of input.Targets) await checkTarget(target, ctx)
  await ctx.store.transaction(async tx => {
    const { arn: rule_arn } = await requireRule(tx.db, ctx, input.Rule)
    for (const { Id: id, Arn: arn, ...rest } of input.Targets) {
      // What it could not take before it may take now.
      const given = { arn, options: JSON.stringify(rest), retry_at: 0 }
      await tx.db
        .insertInto('event_target')
        .values({ rule_arn, id, account: ctx.account, region: ctx.region, ...given })
        .onConflict(conflict => conflict.columns(['rule_arn', 'id']).doUpdateSet(given))
        .execute()
      await tx.enqueue('event-delivery', deliveryKey(rule_arn, id))
    }
    const { count } = await tx.db
      .selectFrom('event_target')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('rule_arn', '=', rule_arn)
      .executeTakeFirstOrThrow()
    if (Number(count) > mostTargets)
      throw eventsError.limit('The requested resource exceeds the maximum number allowed.')
  })
  return { FailedEntryCount: 0, FailedEntries: [] }
}

const served = ['Id', 'Arn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy']
const ofApiDestinations = [...served, 'HttpParameters', 'RoleArn']
const whyNot: Readonly<Record<string, string>> = {
  DeadLetterConfig: 'there are no queues; what could not be delivered is kept as a dead letter.',
  RoleArn: 'log groups and topics are reached without a role.',
}
const onlyThese = 'the only targets are log groups of CloudWatch Logs, topics of SNS and API destinations.'

async function checkTarget(target: Target, at: Context): Promise<void> {
  const isApi = isApiDestination(target.Arn)
  const other = Object.keys(target).find(name => !(isApi ? ofApiDestinations : served).includes(name))
  if (other !== undefined) throw eventsError.notServed(`${other} of target ${target.Id}`, whyNot[other] ?? onlyThese)
  if (isApi) await checkApiDestination(target, at)
  else checkPlace(target, at)
  checkTargetInput(target)
}

/** It is asked as a role of the caller's account, which the caller hands over. */
async function checkApiDestination({ Id, Arn, RoleArn, HttpParameters }: Target, ctx: Context): Promise<void> {
  const [, , , region, account] = Arn.split(':')
  if (account !== ctx.account || region !== ctx.region)
    throw eventsError.invalid(`Target ${Id} must be an API destination of account ${ctx.account} in ${ctx.region}.`)
  if (RoleArn === undefined) throw eventsError.invalid(`RoleArn is required for target ${Arn}.`)
  const header = Object.keys(HttpParameters?.HeaderParameters ?? {}).find(isReservedHeader)
  if (header !== undefined) throw eventsError.invalid(`Target ${Id} may not set the header ${header}.`)
  await ctx.iam.passRole(ctx.principal, RoleArn, 'events.amazonaws.com')
}

/** A group must be the rule's account's own; whether a topic takes events its policy says. */
function checkPlace({ Id, Arn }: Target, { account, region }: Context): void {
  const [group, topic] = [parseGroupArn(Arn), parseTopicArn(Arn)]
  if (!group && !topic) throw eventsError.notServed(`Target ${Arn}`, onlyThese)
  if (group && (group.account !== account || group.region !== region))
    throw eventsError.invalid(`Target ${Id} must be a log group of account ${account} in ${region}.`)
  if (topic && topic.region !== region) throw eventsError.invalid(`Target ${Id} must be a topic in ${region}.`)
}

/** What is left to deliver to a target goes with it. */
export const removeTargets: Op<'RemoveTargets'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  const { arn: sender } = await requireRule(ctx.store.db, ctx, input.Rule)
  for (const id of input.Ids) await emptyQueue(ctx.store.db, sender, id)
  await ctx.store.transaction(async tx => {
    const { arn } = await requireRule(tx.db, ctx, input.Rule)
    await tx.db.deleteFrom('event_target').where('rule_arn', '=', arn).where('id', 'in', input.Ids).execute()
    await tx.db.deleteFrom('event_delivery').where('rule_arn', '=', arn).where('target_id', 'in', input.Ids).execute()
  })
  return { FailedEntryCount: 0, FailedEntries: [] }
}

const defaultLimit = 100

export const listTargetsByRule: Op<'ListTargetsByRule'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  const { Limit = defaultLimit } = input
  const { arn } = await requireRule(ctx.store.db, ctx, input.Rule)
  const pages = paging<string>(['ListTargetsByRule', arn], input.NextToken)
  const rows = await ctx.store.db
    .selectFrom('event_target')
    .selectAll()
    .where('rule_arn', '=', arn)
    .where('id', '>', pages.after ?? '')
    .orderBy('id')
    .limit(Limit + 1)
    .execute()
  const { items, next } = pages.cut(rows, Limit, ({ id }) => id)
  const Targets = items.map(row => ({ Id: row.id, Arn: row.arn, ...optionsOf(row) }) as Target)
  return { Targets, ...(next && { NextToken: next }) }
}

export const listRuleNamesByTarget: Op<'ListRuleNamesByTarget'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  const { Limit = defaultLimit, TargetArn } = input
  const pages = paging<string>(['ListRuleNamesByTarget', ctx.account, ctx.region, TargetArn], input.NextToken)
  const rows = await ctx.store.db
    .selectFrom('event_target')
    .select('rule_arn')
    .distinct()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('arn', '=', TargetArn)
    .where('rule_arn', '>', pages.after ?? '')
    .orderBy('rule_arn')
    .limit(Limit + 1)
    .execute()
  const { items, next } = pages.cut(rows, Limit, ({ rule_arn }) => rule_arn)
  const prefix = ruleArn(ctx, '')
  return { RuleNames: items.map(({ rule_arn }) => rule_arn.slice(prefix.length)), ...(next && { NextToken: next }) }
}
