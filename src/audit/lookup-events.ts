import type * as Sdk from '@aws-sdk/client-cloudtrail'
import { ServiceError } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import { shortName } from './audit-event.ts'

type LookupEvents = Operation<Input<typeof Sdk, 'LookupEvents'>, Output<typeof Sdk, 'LookupEvents'>>
type Request = Input<typeof Sdk, 'LookupEvents'>

/** As many as are told unless fewer are asked for, which is also the most. */
const usual = 50
/** Behind every time. */
const end = 8_640_000_000_000_000

/**
 * The account's events in the region, the newest first, by at most one attribute (AWS CloudTrail API Reference, LookupEvents). Each is a
 * seek in the index of that attribute.
 */
export const lookupEvents: LookupEvents = async (input, ctx) => {
  const { key, value } = attributeOf(input)
  const { from, to } = timesOf(input)
  const listing = ['LookupEvents', ctx.account, ctx.region, key, value, from, to]
  const pages = paging<readonly [time: number, seq: number]>(listing, input.NextToken, badToken)
  const [time, seq] = pages.after ?? [to, end]
  const most = input.MaxResults ?? usual
  const rows = await ctx.store.db
    .selectFrom('audit_attribute as attribute')
    .innerJoin('audit_event as event', 'event.seq', 'attribute.seq')
    .select(['event.text', 'attribute.time', 'attribute.seq'])
    .where('attribute.account', '=', ctx.account)
    .where('attribute.region', '=', ctx.region)
    .where('attribute.key', '=', key)
    .where('attribute.value', '=', value)
    .where('attribute.time', '>=', from)
    .where(eb => eb(eb.refTuple('attribute.time', 'attribute.seq'), '<', eb.tuple(time, seq)))
    .orderBy('attribute.time', 'desc')
    .orderBy('attribute.seq', 'desc')
    .limit(most + 1)
    .execute()
  const { items, next } = pages.cut(rows, most, last => [Number(last.time), Number(last.seq)])
  return { Events: items.map(({ text }) => eventOf(text)), ...(next !== undefined && { NextToken: next }) }
}

/** Everyone may look up what their policies allow; the events are the account's own. */
export const lookupAccess = (_: Request, _ctx: Context) => [{ action: 'cloudtrail:LookupEvents', resource: '*' }]

function attributeOf({ LookupAttributes: attributes = [], EventCategory: category }: Request) {
  if (category !== undefined)
    throw new ServiceError(
      'InvalidEventCategoryException',
      'No Insights events are kept here: leave EventCategory out.',
    )
  const [first, ...others] = attributes
  if (others.length > 0)
    throw new ServiceError('InvalidLookupAttributesException', 'You can specify only one attribute in a lookup.')
  const { AttributeKey: key = '', AttributeValue: value = '' } = first ?? {}
  return { key: `${key}`, value: key === 'ReadOnly' ? value.toLowerCase() : value }
}

function timesOf({ StartTime: start, EndTime: stop }: Request) {
  const from = start?.getTime() ?? 0
  // Events are told to the second, and one of the end's own second is not behind it.
  const to = stop ? Math.floor(stop.getTime() / 1000) * 1000 + 1000 : end
  if (start && stop && start > stop)
    throw new ServiceError('InvalidTimeRangeException', 'The start time must be before the end time.')
  return { from, to }
}

const badToken = () =>
  new ServiceError('InvalidNextTokenException', 'The token is not one that a lookup with the same parameters returned.')

function eventOf(text: string) {
  const told = JSON.parse(text)
  const resources: { ARN: string; type: string }[] = told.resources ?? []
  return {
    EventId: told.eventID,
    EventName: told.eventName,
    ReadOnly: String(told.readOnly),
    ...(told.userIdentity.accessKeyId && { AccessKeyId: told.userIdentity.accessKeyId }),
    EventTime: new Date(told.eventTime),
    EventSource: told.eventSource,
    ...(told.userIdentity.userName && { Username: told.userIdentity.userName }),
    Resources: resources.map(({ ARN, type }) => ({ ResourceType: type, ResourceName: shortName(ARN) })),
    CloudTrailEvent: text,
  }
}
