import { snsError } from './sns-error.ts'
import type { SnsParts } from './sns-operation.ts'

export interface Statement {
  readonly Sid?: string
  readonly [member: string]: unknown
}

/** Amazon SNS API Reference, AddPermission and "Amazon SNS quotas". */
const mostBytes = 30 * 1024
const mostStatements = 100

/**
 * Whoever acts for the owner's account (SNS Developer Guide, "Special information for Amazon SNS policies"). `AWS:SourceOwner` is told by services that act
 * for somebody, not by users and roles who ask themselves: these need leave by their own policies, as clients of SNS report.
 */
export const defaultPolicy = (arn: string, account: string): string =>
  JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          ...['SNS:GetTopicAttributes', 'SNS:SetTopicAttributes', 'SNS:AddPermission', 'SNS:RemovePermission'],
          ...['SNS:DeleteTopic', 'SNS:Subscribe', 'SNS:ListSubscriptionsByTopic', 'SNS:Publish'],
        ],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': account } },
      },
    ],
  })

/** Throws InvalidParameterException for what is no policy of a topic. */
export function requirePolicy(text: string, { checkPolicy }: Pick<SnsParts, 'checkPolicy'>): void {
  if (Buffer.byteLength(text) > mostBytes) throw snsError.invalid('Policy Reason: it is larger than 30 KB')
  try {
    checkPolicy(text)
  } catch (error) {
    throw snsError.invalid(`Policy Error: ${(error as Error).message}`)
  }
  const statements = statementsOf(text)
  if (statements.length > mostStatements)
    throw snsError.invalid(`Policy Reason: it has more than ${mostStatements} statements`)
  for (const { Action, NotAction } of statements)
    for (const action of [Action ?? NotAction].flat())
      if (!/^sns:/i.test(String(action))) throw snsError.invalid('Policy statement action out of service scope!')
}

export const statementsOf = (policy: string): Statement[] => [JSON.parse(policy).Statement].flat() as Statement[]
