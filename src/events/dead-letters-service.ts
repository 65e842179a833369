import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { type OwnApi, type Service, service } from '../service/service.ts'
import type { Transaction } from '../store/store.ts'
import { busArn } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import { insertDeliveries } from './insert-deliveries.ts'

interface Named {
  readonly deadLetterId: string
}

interface Listing {
  readonly maxResults?: number
  readonly nextToken?: string
}

const defaultLimit = 100

/** What targets of the caller's rules did not get, oldest first. */
async function listDeadLetters({ maxResults = defaultLimit, nextToken }: Listing, ctx: Context) {
  const { account, region } = ctx
  const pages = paging<[number, string]>(['ListDeadLetters', account, region], nextToken)
  const rows = await ctx.store.db
    .selectFrom('event_dead_letter')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where(eb => eb(eb.refTuple('died', 'id'), '>', eb.tuple(...(pages.after ?? ([0, ''] as [number, string])))))
    .orderBy('died')
    .orderBy('id')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(rows, maxResults, ({ died, id }) => [died, id])
  const deadLetters = items.map(row => ({
    ...{ deadLetterId: row.id, ruleArn: row.rule_arn, targetId: row.target_id, event: row.body },
    ...{ errorCode: row.error_code, errorMessage: row.error_message, retryAttempts: Math.max(0, row.attempts - 1) },
    ...{ announcedAt: new Date(row.announced), diedAt: new Date(row.died) },
  }))
  return { deadLetters, ...(next && { nextToken: next }) }
}

async function requireDeadLetter({ db }: Pick<Transaction, 'db'>, { deadLetterId }: Named, ctx: Context) {
  const row = await db.selectFrom('event_dead_letter').selectAll().where('id', '=', deadLetterId).executeTakeFirst()
  if (row?.account !== ctx.account || row.region !== ctx.region)
    throw eventsError.notFound(`Dead letter ${deadLetterId} does not exist.`)
  return row
}

/** Sends it to its target again, behind what that is still to get, with all its tries. */
async function sendDeadLetter(input: Named, ctx: Context) {
  await ctx.store.transaction(async tx => {
    const { rule_arn, target_id, body, id } = await requireDeadLetter(tx, input, ctx)
    const target = await tx.db
      .selectFrom('event_target')
      .select('id')
      .where('rule_arn', '=', rule_arn)
      .where('id', '=', target_id)
      .executeTakeFirst()
    if (!target) throw eventsError.notFound(`Target ${target_id} of ${rule_arn} does not exist any more.`)
    await insertDeliveries(tx, ctx, [{ rule_arn, target_id, announced: ctx.now().getTime(), body }])
    await tx.db.deleteFrom('event_dead_letter').where('id', '=', id).execute()
  })
  return {}
}

async function deleteDeadLetter(input: Named, ctx: Context) {
  const { id } = await requireDeadLetter(ctx.store, input, ctx)
  await ctx.store.db.deleteFrom('event_dead_letter').where('id', '=', id).execute()
  return {}
}

const one = ({ deadLetterId }: Named, { account, region }: Context, operation: string) => [
  { action: `events:${operation}`, resource: `arn:aws:events:${region}:${account}:dead-letter/${deadLetterId}` },
]

/** Dead letters, an API of our own: on AWS they are messages in a queue of SQS. */
export const createDeadLettersService = (): Service =>
  service<OwnApi>({
    model: 'event-dead-letters',
    operations: {
      ListDeadLetters: {
        run: listDeadLetters,
        access: (_input, ctx) => [{ action: 'events:ListDeadLetters', resource: busArn(ctx) }],
      },
      SendDeadLetter: { run: sendDeadLetter, access: one },
      DeleteDeadLetter: { run: deleteDeadLetter, access: one },
    },
  })
