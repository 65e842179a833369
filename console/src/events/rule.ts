import {
  DeleteRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
  type Rule,
} from '@aws-sdk/client-eventbridge'
import { events } from '../api/events.ts'
import type { ListingSource } from '../kit/use-listing.ts'

export interface RuleWithTargets extends Rule {
  /** ARNs. */
  readonly targets: readonly string[]
}

/** AWS's bound of targets a rule is below a page of them. */
const targetsOf = async (region: string, name: string) =>
  (await events(region).send(new ListTargetsByRuleCommand({ Rule: name }))).Targets ?? []

/** By name, found by how it begins. */
export const rules: ListingSource<RuleWithTargets> = {
  kind: 'rules',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken, NameContains }) {
    const page = await events(region).send(
      new ListRulesCommand({ Limit: MaxResults, NextToken, ...(NameContains && { NamePrefix: NameContains }) }),
    )
    const items = await Promise.all(
      (page.Rules ?? []).map(async rule => ({
        ...rule,
        targets: (await targetsOf(region, rule.Name ?? '')).map(({ Arn = '' }) => Arn),
      })),
    )
    return { items, nextToken: page.NextToken }
  },
}

/** A rule goes without its targets. */
export async function deleteRule(region: string, Name: string): Promise<void> {
  const Ids = (await targetsOf(region, Name)).map(({ Id = '' }) => Id)
  if (Ids.length > 0) await events(region).send(new RemoveTargetsCommand({ Rule: Name, Ids }))
  await events(region).send(new DeleteRuleCommand({ Name }))
}
