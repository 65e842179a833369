import { insertDeliveries } from '../delivery/insert-deliveries.ts'
import { findReceiver, type ReceiversByService } from '../delivery/receiver.ts'
import { bodyOf, sharedBodyBytes } from '../delivery/shared-body.ts'
import { withinBytes } from '../delivery/within-bytes.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { type OwnApi, type Service, service } from '../service/service.ts'
import type { Db } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { busArn } from './event-bus.ts'
import { eventsError } from './events-error.ts'

interface Named {
  readonly deadLetterId: string
}

interface Listing {
  readonly maxResults?: number
  readonly nextToken?: string
}

const defaultLimit = 100

/** What targets of the caller's rules and subscriptions to its topics did not get, oldest first; a page holds no more than a part of their bytes. */
async function listDeadLetters({ maxResults = defaultLimit, nextToken }: Listing, ctx: Context) {
  const { account, region } = ctx
  const pages = paging<[number, string]>(['ListDeadLetters', account, region], nextToken)
  const rows = await ctx.store.db
    .selectFrom('event_dead_letter')
    .leftJoin('event_body', 'event_body.id', 'event_dead_letter.body_id')
    .select(['event_dead_letter.id', 'died', sharedBodyBytes('event_dead_letter')])
    .where('account', '=', account)
    .where('region', '=', region)
    .where(eb =>
      eb(eb.refTuple('died', 'event_dead_letter.id'), '>', eb.tuple(...(pages.after ?? ([0, ''] as [number, string])))),
    )
    .orderBy('died')
    .orderBy('event_dead_letter.id')
    .limit(maxResults + 1)
    .execute()
  const most = Math.min(maxResults, withinBytes(rows).length)
  const { items, next } = pages.cut(rows, most, ({ died, id }) => [died, id])
  const letters: DeadLetter[] = []
  for (const { id } of items) letters.push(...(await findDeadLetter(ctx.store.db, id)))
  const deadLetters = letters.map(row => ({
    ...{ deadLetterId: row.id, ...receiverNames(row.rule_arn, row.target_id), event: row.body },
    ...{ errorCode: row.error_code, errorMessage: row.error_message, retryAttempts: Math.max(0, row.attempts - 1) },
    ...{ announcedAt: new Date(row.announced), diedAt: new Date(row.died) },
  }))
  return { deadLetters, ...(next && { nextToken: next }) }
}

/** One with its body, or none. */
const findDeadLetter = (db: Db, id: string) =>
  db
    .selectFrom('event_dead_letter')
    .leftJoin('event_body', 'event_body.id', 'event_dead_letter.body_id')
    .selectAll('event_dead_letter')
    .select(bodyOf('event_dead_letter'))
    .where('event_dead_letter.id', '=', id)
    .execute()

type DeadLetter = Awaited<ReturnType<typeof findDeadLetter>>[number]

const receiverNames = (sender: string, id: string) =>
  sender.startsWith('arn:aws:sns:')
    ? { topicArn: sender, subscriptionArn: `${sender}:${id}` }
    : { ruleArn: sender, targetId: id }

interface Parts {
  readonly receivers: ReceiversByService
}

async function requireDeadLetter({ db }: Pick<Transaction, 'db'>, { deadLetterId }: Named, ctx: Context) {
  const [row] = await findDeadLetter(db, deadLetterId)
  if (row?.account !== ctx.account || row.region !== ctx.region)
    throw eventsError.notFound(`Dead letter ${deadLetterId} does not exist.`)
  return row
}

/** Sends it to its receiver again, behind what that is still to get, with all its tries. */
async function sendDeadLetter(input: Named, ctx: Context & Parts) {
  await ctx.store.transaction(async tx => {
    const { rule_arn, target_id, body, id } = await requireDeadLetter(tx, input, ctx)
    if (!(await findReceiver(ctx.receivers, tx.db, rule_arn, target_id)))
      throw eventsError.notFound(`Target ${target_id} of ${rule_arn} does not exist any more.`)
    await insertDeliveries(tx, [{ rule_arn, target_id, announced: ctx.now().getTime(), body }])
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
export const createDeadLettersService = (receivers: ReceiversByService): Service =>
  service<OwnApi, Parts>({
    model: 'event-dead-letters',
    parts: () => ({ receivers }),
    operations: {
      ListDeadLetters: {
        run: listDeadLetters,
        access: (_input, ctx) => [{ action: 'events:ListDeadLetters', resource: busArn(ctx) }],
      },
      SendDeadLetter: { run: sendDeadLetter, access: one },
      DeleteDeadLetter: { run: deleteDeadLetter, access: one },
    },
  })
