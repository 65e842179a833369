import { snsError } from './sns-error.ts'
import type { Op, SnsContext } from './sns-operation.ts'
import { requireTopicArn } from './topic-arn.ts'
import { defaultPolicy, requirePolicy, type Statement, statementsOf } from './topic-policy.ts'
import { requireTopic } from './topic-row.ts'

/** Actions that may be given away one by one (API Reference, AddPermission: the names of operations on a topic). */
const grantable =
  /^(Publish|RemovePermission|SetTopicAttributes|DeleteTopic|ListSubscriptionsByTopic|GetTopicAttributes|Receive|AddPermission|Subscribe|\*)$/

export const addPermission: Op<'AddPermission'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  const { Label: Sid, AWSAccountId: accounts, ActionName: actions } = input
  if (!/^[\w-]{1,80}$/.test(Sid)) throw snsError.invalid('Label')
  const wrong = accounts.find(id => !/^\d{12}$/.test(id))
  if (accounts.length === 0 || wrong !== undefined) throw snsError.invalid('AWSAccountId')
  if (actions.length === 0 || !actions.every(name => grantable.test(name))) throw snsError.invalid('ActionName')
  await changeStatements(ctx, arn, statements => {
    if (statements.some(statement => statement.Sid === Sid)) throw snsError.invalid('Statement already exists')
    const Principal = { AWS: accounts.map(id => `arn:aws:iam::${id}:root`) }
    return [
      ...statements,
      { Sid, Effect: 'Allow', Principal, Action: actions.map(name => `SNS:${name}`), Resource: arn },
    ]
  })
  return {}
}

export const removePermission: Op<'RemovePermission'> = async (input, ctx) => {
  const { arn } = requireTopicArn(input.TopicArn, ctx)
  await changeStatements(ctx, arn, statements => {
    const left = statements.filter(({ Sid }) => Sid !== input.Label)
    if (left.length === statements.length) throw snsError.invalid(`Label Reason: no statement is called ${input.Label}`)
    return left
  })
  return {}
}

/** A policy must have a statement: where none is left, the one that every topic begins with stands again. */
async function changeStatements(
  ctx: SnsContext,
  arn: string,
  change: (statements: Statement[]) => Statement[],
): Promise<void> {
  await ctx.store.transaction(async ({ db }) => {
    const topic = await requireTopic(db, arn)
    const Statement = change(statementsOf(topic.policy))
    const policy =
      Statement.length === 0
        ? defaultPolicy(arn, topic.account)
        : JSON.stringify({ ...JSON.parse(topic.policy), Statement })
    requirePolicy(policy, ctx)
    await db.updateTable('sns_topic').set({ policy }).where('arn', '=', arn).execute()
  })
}
