import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { Selectable } from 'kysely'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import type { Input } from '../service/operation.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { EventRuleTable } from '../store/schema/event-tables.ts'
import { removeAllTags } from '../store/tags.ts'
import { recount, requireDefaultBus } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'
import { rulePattern } from './rule-pattern.ts'
import { ruleSchedule, startSchedule } from './rule-schedule.ts'
import { putTags } from './rule-tag.ts'

export type RuleRow = Selectable<EventRuleTable>

/** Of a bus. */
const mostRules = quotas.events.rules.value

export const ruleArn = ({ account, region }: Pick<Context, 'account' | 'region'>, name: string): string =>
  `arn:aws:events:${region}:${account}:rule/${name}`

/** Throws ResourceNotFoundException. */
export async function requireRule(db: Db, ctx: Pick<Context, 'account' | 'region'>, name: string): Promise<RuleRow> {
  const row = await db.selectFrom('event_rule').selectAll().where('arn', '=', ruleArn(ctx, name)).executeTakeFirst()
  if (!row) throw eventsError.noRule(name)
  return row
}

export const putRule: Op<'PutRule'> = async (input, ctx) => {
  const { Name, EventPattern, ScheduleExpression = '', Description, State = 'ENABLED', Tags = [] } = input
  requireDefaultBus(input.EventBusName, ctx)
  refuseUnserved(input)
  const pattern = EventPattern ?? ''
  if (EventPattern !== undefined) rulePattern(pattern)
  if (ScheduleExpression) ruleSchedule(ScheduleExpression)
  const arn = ruleArn(ctx, Name)
  await ctx.store.transaction(async tx => {
    const old = await tx.db
      .selectFrom('event_rule')
      .select(['schedule', 'state'])
      .where('arn', '=', arn)
      .executeTakeFirst()
    if (!old) await requireRoom(tx.db, ctx)
    const given = { state: State, pattern, description: Description ?? null, schedule: ScheduleExpression }
    const goesOn = old?.schedule === ScheduleExpression && old.state === State
    await tx.db
      .insertInto('event_rule')
      .values({ arn, account: ctx.account, region: ctx.region, name: Name, created: ctx.now().getTime(), ...given })
      .onConflict(conflict => conflict.column('arn').doUpdateSet(given))
      .execute()
    // Tags of a rule that is there already are left as they are (API Reference, PutRule).
    if (!old) await putTags(tx, arn, Tags)
    if (!goesOn) await startSchedule(tx, arn, ctx.now().getTime())
    await recount(tx, ctx)
  })
  return { RuleArn: arn }
}

function refuseUnserved(input: Input<typeof Sdk, 'PutRule'>): void {
  if (input.EventPattern === undefined && !input.ScheduleExpression)
    throw eventsError.invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
  if (input.RoleArn !== undefined) throw eventsError.notServed('RoleArn', 'no target of a rule is reached by a role.')
  if (input.State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')
    throw eventsError.notServed(`State ${input.State}`, 'API calls are no events.')
}

async function requireRoom(db: Db, { account, region }: Context): Promise<void> {
  const { count } = await db
    .selectFrom('event_rule')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .where('region', '=', region)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostRules) throw eventsError.limit('The requested resource exceeds the maximum number allowed.')
}

const described = (row: RuleRow) => ({
  ...{
    Name: row.name,
    Arn: row.arn,
    State: row.state as 'ENABLED',
    EventBusName: 'default',
  },
  ...(row.pattern && { EventPattern: row.pattern }),
  ...(row.schedule && { ScheduleExpression: row.schedule }),
  ...(row.description !== null && { Description: row.description }),
})

export const describeRule: Op<'DescribeRule'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  return { ...described(await requireRule(ctx.store.db, ctx, input.Name)), CreatedBy: ctx.account }
}

const defaultLimit = 100

export const listRules: Op<'ListRules'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  const { NamePrefix = '', Limit = defaultLimit } = input
  const pages = paging<string>(['ListRules', ctx.account, ctx.region, NamePrefix], input.NextToken)
  const rows = await ctx.store.db
    .selectFrom('event_rule')
    .selectAll()
    .where('account', '=', ctx.account)
    .where('region', '=', ctx.region)
    .where('name', '>', pages.after ?? '')
    .where('name', '>=', NamePrefix)
    .where('name', '<', `${NamePrefix}\u{10ffff}`)
    .orderBy('name')
    .limit(Limit + 1)
    .execute()
  const { items, next } = pages.cut(rows, Limit, ({ name }) => name)
  return { Rules: items.map(described), ...(next && { NextToken: next }) }
}

const setState =
  (state: 'ENABLED' | 'DISABLED') =>
  async (input: Input<typeof Sdk, 'EnableRule'>, ctx: Context): Promise<object> => {
    requireDefaultBus(input.EventBusName, ctx)
    await ctx.store.transaction(async tx => {
      const { arn, state: before } = await requireRule(tx.db, ctx, input.Name)
      await tx.db.updateTable('event_rule').set({ state }).where('arn', '=', arn).execute()
      if (before !== state) await startSchedule(tx, arn, ctx.now().getTime())
      await recount(tx, ctx)
    })
    return {}
  }

export const enableRule = setState('ENABLED')
export const disableRule = setState('DISABLED')

/** A rule that is not there is deleted with success, one that has targets is not (API Reference, DeleteRule). */
export const deleteRule: Op<'DeleteRule'> = async (input, ctx) => {
  requireDefaultBus(input.EventBusName, ctx)
  const arn = ruleArn(ctx, input.Name)
  await ctx.store.transaction(async tx => {
    const target = await tx.db.selectFrom('event_target').select('id').where('rule_arn', '=', arn).executeTakeFirst()
    if (target) throw eventsError.invalid("Rule can't be deleted since it has targets.")
    await tx.db.deleteFrom('event_rule').where('arn', '=', arn).execute()
    await removeAllTags(tx.db, arn)
    await recount(tx, ctx)
  })
  return {}
}
