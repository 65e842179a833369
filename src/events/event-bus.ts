import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'

type Place = Pick<Context, 'account' | 'region'>

export const busArn = ({ account, region }: Place): string => `arn:aws:events:${region}:${account}:event-bus/default`

/** There is the default bus, by its name or ARN, and no other. Throws ResourceNotFoundException. */
export function requireDefaultBus(name: string | undefined, at: Place): void {
  if (name === undefined || name === 'default' || name === busArn(at)) return
  throw eventsError.noBus(name)
}

export const describeEventBus: Op<'DescribeEventBus'> = async (input, ctx) => {
  requireDefaultBus(input.Name, ctx)
  return { Name: 'default', Arn: busArn(ctx) }
}

export const listEventBuses: Op<'ListEventBuses'> = async (input, ctx) => {
  if (input.NextToken !== undefined) throw eventsError.invalid('NextToken is invalid: all event buses are on one page.')
  const isAsked = 'default'.startsWith(input.NamePrefix ?? '')
  return { EventBuses: isAsked ? [{ Name: 'default', Arn: busArn(ctx) }] : [] }
}

/** Counts who listens anew, by the commit that changes a rule; one that only a schedule wakes does not. */
export async function recount(tx: Transaction, { account, region }: Place): Promise<void> {
  const { count } = await tx.db
    .selectFrom('event_rule')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('region', '=', region)
    .where('state', '=', 'ENABLED')
    .where('pattern', '!=', '')
    .executeTakeFirstOrThrow()
  await tx.db
    .insertInto('event_bus')
    .values({ account, region, listening: Number(count), last_seq: 0 })
    .onConflict(conflict => conflict.columns(['account', 'region']).doUpdateSet({ listening: Number(count) }))
    .execute()
}
