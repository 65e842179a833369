import { GetTopicAttributesCommand, ListTopicsCommand } from '@aws-sdk/client-sns'
import { sns } from '../api/events.ts'
import type { ListingSource } from '../kit/use-listing.ts'

export interface TopicFacts {
  readonly arn: string
  readonly confirmed: string
  readonly pending: string
}

export const nameOfTopic = ({ arn }: TopicFacts): string => arn.slice(arn.lastIndexOf(':') + 1)

/** In the order of the service, a hundred a page. */
export const topics: ListingSource<TopicFacts> = {
  kind: 'topics',
  isInTransition: () => false,
  async fetch({ region, NextToken }) {
    const page = await sns(region).send(new ListTopicsCommand({ NextToken }))
    const items = await Promise.all((page.Topics ?? []).map(({ TopicArn = '' }) => factsOf(region, TopicArn)))
    return { items, nextToken: page.NextToken }
  },
}

async function factsOf(region: string, TopicArn: string): Promise<TopicFacts> {
  const { Attributes = {} } = await sns(region).send(new GetTopicAttributesCommand({ TopicArn }))
  const { SubscriptionsConfirmed: confirmed = '', SubscriptionsPending: pending = '' } = Attributes
  return { arn: TopicArn, confirmed, pending }
}
