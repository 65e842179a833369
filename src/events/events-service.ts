import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import {
  createApiDestination,
  deleteApiDestination,
  describeApiDestination,
  listApiDestinations,
  updateApiDestination,
} from './api-destination.ts'
import {
  createConnection,
  deauthorizeConnection,
  deleteConnection,
  describeConnection,
  listConnections,
  updateConnection,
} from './connection.ts'
import { busArn, describeEventBus, listEventBuses } from './event-bus.ts'
import type { EventsParts } from './events-operation.ts'
import { putEvents } from './put-events.ts'
import { deleteRule, describeRule, disableRule, enableRule, listRules, putRule, ruleArn } from './rule.ts'
import { listTagsForResource, tagResource, untagResource } from './rule-tag.ts'
import { listRuleNamesByTarget, listTargetsByRule, putTargets, removeTargets } from './target.ts'
import { testEventPattern } from './test-event-pattern.ts'

/** EventBridge: the default bus of each account and region, its rules, and log groups, topics and API destinations as their targets. */
export const createEventsService = (parts: EventsParts): Service =>
  service<SdkApi<typeof Sdk>, EventsParts>({
    model: 'events',
    parts: () => parts,
    operations: allAsk<SdkApi<typeof Sdk>, EventsParts>(access, {
      CreateApiDestination: createApiDestination,
      CreateConnection: createConnection,
      DeauthorizeConnection: deauthorizeConnection,
      DeleteApiDestination: deleteApiDestination,
      DeleteConnection: deleteConnection,
      DeleteRule: deleteRule,
      DescribeApiDestination: describeApiDestination,
      DescribeConnection: describeConnection,
      DescribeEventBus: describeEventBus,
      DescribeRule: describeRule,
      DisableRule: disableRule,
      EnableRule: enableRule,
      ListApiDestinations: listApiDestinations,
      ListConnections: listConnections,
      ListEventBuses: listEventBuses,
      ListRuleNamesByTarget: listRuleNamesByTarget,
      ListRules: listRules,
      ListTagsForResource: listTagsForResource,
      ListTargetsByRule: listTargetsByRule,
      PutEvents: putEvents,
      PutRule: putRule,
      PutTargets: putTargets,
      RemoveTargets: removeTargets,
      TagResource: tagResource,
      TestEventPattern: testEventPattern,
      UntagResource: untagResource,
      UpdateApiDestination: updateApiDestination,
      UpdateConnection: updateConnection,
    }),
  })

interface Named {
  readonly Name?: string
  readonly Rule?: string
  readonly ResourceARN?: string
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TagKeys?: readonly string[]
  readonly Targets?: readonly { readonly Arn: string }[]
  readonly Entries?: readonly { readonly Source?: string; readonly DetailType?: string }[]
}

/** Actions for which the Service Authorization Reference has no resource. */
const ofNothing = new Set([
  'ListApiDestinations',
  'ListConnections',
  'ListEventBuses',
  'ListRuleNamesByTarget',
  'ListRules',
  'TestEventPattern',
])
const ofTheBus = new Set(['DescribeEventBus', 'PutEvents'])

/** Resources and condition keys as the Service Authorization Reference lists them for Amazon EventBridge. */
async function access(named: Named, ctx: Context, operation: string): Promise<Access[]> {
  const action = `events:${operation}`
  if (ofNothing.has(operation)) return [{ action, resource: '*' }]
  if (ofTheBus.has(operation)) {
    const told = await conditionsOf(busArn(ctx), ctx)
    const asked = { action, resource: busArn(ctx) }
    return (named.Entries ?? [{}]).map(entry => ({ ...asked, conditions: { ...told, ...toldOf(entry) } }))
  }
  const outside = /(Connection|ApiDestination)$/.exec(operation)?.[1]
  if (outside) return [{ action, resource: outsideArn(outside, named.Name ?? '', ctx) }]
  const resource = named.ResourceARN ?? ruleArn(ctx, named.Rule ?? named.Name ?? '')
  const owner = /^arn:aws:events:[^:]*:(\d{12}):/.exec(resource)?.[1] ?? ctx.account
  return [{ action, resource, owner, conditions: { ...(await conditionsOf(resource, ctx)), ...givenBy(named) } }]
}

/** Policies name them without the id that is behind the name. */
const outsideArn = (kind: string, name: string, { account, region }: Context): string =>
  `arn:aws:events:${region}:${account}:${kind === 'Connection' ? 'connection' : 'api-destination'}/${name}`

const toldOf = ({ Source, DetailType }: { readonly Source?: string; readonly DetailType?: string }) => ({
  ...(Source !== undefined && { 'events:source': Source }),
  ...(DetailType !== undefined && { 'events:detail-type': DetailType }),
})

const givenBy = ({ Tags, TagKeys, Targets }: Named) => ({
  ...(Tags && { 'aws:TagKeys': Tags.map(({ Key }) => Key) }),
  ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  ...(TagKeys && { 'aws:TagKeys': TagKeys }),
  ...(Targets && { 'events:TargetArn': Targets.map(({ Arn }) => Arn) }),
})

/** Tags of a rule or the bus, and who made a rule. No policy of a user binds an account's root. */
async function conditionsOf(arn: string, { principal, store }: Context): Promise<Record<string, string>> {
  if (principal.kind === 'root') return {}
  const rows = await store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).execute()
  const rule = await store.db.selectFrom('event_rule').select('account').where('arn', '=', arn).executeTakeFirst()
  return {
    ...Object.fromEntries(rows.map(({ key, value }) => [`aws:ResourceTag/${key}`, value])),
    ...(rule && { 'events:creatorAccount': rule.account }),
  }
}
