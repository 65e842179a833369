import type * as Sdk from '@aws-sdk/client-sns'
import type { Access } from '../service/access.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { publish, publishBatch } from './publish.ts'
import type { SnsContext, SnsParts } from './sns-operation.ts'
import { confirmSubscription, subscribe } from './subscribe.ts'
import {
  getSubscriptionAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  setSubscriptionAttributes,
} from './subscription.ts'
import { createTopic, deleteTopic, getTopicAttributes, listTopics, setTopicAttributes } from './topic.ts'
import { parseTopicArn, topicArn } from './topic-arn.ts'
import { addPermission, removePermission } from './topic-permission.ts'
import { findTopic } from './topic-row.ts'
import { listTagsForResource, tagResource, tagsOf, untagResource } from './topic-tag.ts'
import { unsubscribe } from './unsubscribe.ts'

/** SNS: standard topics, and subscriptions by HTTP(S). */
export const createSnsService = (parts: SnsParts): Service =>
  service<SdkApi<typeof Sdk>, SnsParts>({
    model: 'sns',
    parts: () => parts,
    operations: allAsk<SdkApi<typeof Sdk>, SnsParts>(access, {
      AddPermission: addPermission,
      ConfirmSubscription: confirmSubscription,
      CreateTopic: createTopic,
      DeleteTopic: deleteTopic,
      GetSubscriptionAttributes: getSubscriptionAttributes,
      GetTopicAttributes: getTopicAttributes,
      ListSubscriptions: listSubscriptions,
      ListSubscriptionsByTopic: listSubscriptionsByTopic,
      ListTagsForResource: listTagsForResource,
      ListTopics: listTopics,
      Publish: publish,
      PublishBatch: publishBatch,
      RemovePermission: removePermission,
      SetSubscriptionAttributes: setSubscriptionAttributes,
      SetTopicAttributes: setTopicAttributes,
      Subscribe: subscribe,
      TagResource: tagResource,
      Unsubscribe: unsubscribe,
      UntagResource: untagResource,
    }),
  })

interface Named {
  readonly Name?: string
  readonly TopicArn?: string
  readonly TargetArn?: string
  readonly ResourceArn?: string
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TagKeys?: readonly string[]
  readonly Protocol?: string
  readonly Endpoint?: string
}

/**
 * Resources and condition keys as the Service Authorization Reference lists them for Amazon SNS; operations on a subscription have no
 * resource there. `PublishBatch` asks for leave to publish (SNS Developer Guide, "Using identity-based policies").
 */
async function access(named: Named, ctx: SnsContext, operation: string): Promise<Access[]> {
  const action = `SNS:${operation === 'PublishBatch' ? 'Publish' : operation}`
  const resource =
    named.TopicArn ??
    named.TargetArn ??
    named.ResourceArn ??
    (named.Name === undefined ? '*' : topicArn(ctx, named.Name))
  const topic = parseTopicArn(resource)
  const row = topic && (await findTopic(ctx.store.db, resource))
  const tags = row ? await tagsOf(ctx.store, resource) : []
  const conditions = {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value])),
    ...givenBy(named),
  }
  return [
    {
      ...{ action, resource, conditions, ...(topic && { owner: topic.account }) },
      ...(row && { resourcePolicy: row.policy }),
    },
  ]
}

const givenBy = ({ Tags, TagKeys, Protocol, Endpoint }: Named) => ({
  ...(Tags && { 'aws:TagKeys': Tags.map(({ Key }) => Key) }),
  ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  ...(TagKeys && { 'aws:TagKeys': TagKeys }),
  ...(Protocol !== undefined && { 'sns:Protocol': Protocol }),
  ...(Endpoint !== undefined && { 'sns:Endpoint': Endpoint }),
})
