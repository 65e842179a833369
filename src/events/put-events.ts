import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { isObject, parseEventJson } from '../pattern/event-json.ts'
import type { Context } from '../service/context.ts'
import { announce } from '../store/announcement.ts'
import { requireDefaultBus } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'

/** EventBridge User Guide, "Calculating PutEvents event entry size": all entries together, less than 256 KB. */
const mostBytes = 256 * 1024

export const putEvents: Op<'PutEvents'> = async (input, ctx) => {
  if (input.EndpointId !== undefined) throw eventsError.notServed('EndpointId', 'there are no global endpoints.')
  const { Entries } = input
  if (Entries.some(({ TraceHeader }) => TraceHeader !== undefined))
    throw eventsError.notServed('TraceHeader', 'nothing is traced.')
  if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= mostBytes)
    throw eventsError.invalid('Total size of the entries in the request is over the limit.')
  const faults = Entries.map(entry => faultOf(entry, ctx))
  const ids = await ctx.store.transaction(async tx => {
    const told: (string | undefined)[] = []
    for (const [index, entry] of Entries.entries())
      told.push(faults[index] ? undefined : await announce(tx, announcementOf(entry, ctx)))
    return told
  })
  return {
    FailedEntryCount: faults.filter(fault => fault).length,
    Entries: ids.map((EventId, index) => (EventId === undefined ? { ...faults[index] } : { EventId })),
  }
}

const announcementOf = (entry: PutEventsRequestEntry, { account, region }: Context) => ({
  ...{ account, region, source: entry.Source ?? '', detailType: entry.DetailType ?? '' },
  ...{ resources: entry.Resources ?? [], detail: entry.Detail ?? '{}' },
  ...(entry.Time && { time: entry.Time.getTime() }),
})

/** The time counts 14 bytes, texts as many as they have. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number {
  return (
    (Time ? 14 : 0) + [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  )
}

/** Why an entry is no event; the others of its request are. */
function faultOf(entry: PutEventsRequestEntry, ctx: Context): { ErrorCode: string; ErrorMessage: string } | undefined {
  for (const name of ['Source', 'DetailType', 'Detail'] as const)
    if (!entry[name])
      return {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      }
  if (/^aws\./i.test(entry.Source ?? ''))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
  if (!isJsonObject(entry.Detail ?? '')) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  try {
    requireDefaultBus(entry.EventBusName, ctx)
  } catch (error) {
    const { name: ErrorCode, message: ErrorMessage } = error as Error
    return { ErrorCode, ErrorMessage }
  }
  return undefined
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(parseEventJson(text))
  } catch {
    return false
  }
}
