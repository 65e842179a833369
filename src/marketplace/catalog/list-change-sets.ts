import type { SelectQueryBuilder } from 'kysely'
import { ValidationException } from '../../ground/errors.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { ChangeSetTable } from '../../store/schema/market-catalog-tables.ts'
import { checkCatalog } from './catalog-check.ts'
import type { Op } from './catalog-operation.ts'
import { type ChangeSet, changeSetOf, summary } from './change-set.ts'

type Query = SelectQueryBuilder<Database, 'market_change_set', ChangeSetTable>

/** How long a change set is listed after it has ended (Catalog API, quotas; other pages of AWS still say 60 days). */
const history = 90 * 86_400_000

const sortColumns = { StartTime: 'started', EndTime: 'ended' } as const

/** Change sets that run or ended in the last 90 days, newest first unless sorted otherwise. */
export const listChangeSets: Op<'ListChangeSets'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const { NextToken, MaxResults = 20, ...asked } = input
  const listing = ['ListChangeSets', ctx.account, asked]
  const pages = paging<ColumnPlace>(listing, NextToken)
  const { SortBy = 'StartTime', SortOrder = 'DESCENDING' } = input.Sort ?? {}
  if (!Object.hasOwn(sortColumns, SortBy)) throw new ValidationException(`Change sets cannot be sorted by ${SortBy}.`)
  const column = sortColumns[SortBy as keyof typeof sortColumns]
  let query: Query = ctx.store.db
    .selectFrom('market_change_set')
    .selectAll()
    .where('account', '=', ctx.account)
    .where(eb => eb.or([eb('ended', '=', 0), eb('ended', '>', ctx.now().getTime() - history)]))
  for (const { Name = '', ValueList = [] } of input.FilterList ?? []) query = narrow(query, Name, ValueList)
  const order = { column, direction: SortOrder === 'DESCENDING' ? 'desc' : 'asc' } as const
  const found = await inOrder(query, order, pages.after)
    .limit(MaxResults + 1)
    .execute()
  const { items, next } = pages.cut(found.map(changeSetOf), MaxResults, set => [set[column], set.id])
  return {
    ChangeSetSummaryList: items.map(set => ({ ...summary(set), EntityIdList: entityIds(set) })),
    ...(next !== undefined && { NextToken: next }),
  }
}

/** An entity that the set creates has its id once it exists. */
function entityIds(set: ChangeSet): string[] {
  const applied = set.status === 'SUCCEEDED' && set.intent === 'APPLY'
  const created = set.changes.filter(change => change.creates).map(change => change.entity)
  const ids = [...new Set(set.changes.map(change => change.entity))]
  return applied ? ids : ids.filter(id => !created.includes(id))
}

const times = {
  BeforeStartTime: ['started', '<='],
  AfterStartTime: ['started', '>='],
  BeforeEndTime: ['ended', '<='],
  AfterEndTime: ['ended', '>='],
} as const

function narrow(query: Query, name: string, values: readonly string[]): Query {
  if (name === 'ChangeSetName') return query.where('name', 'in', [...values])
  if (name === 'Status') return query.where('status', 'in', [...values])
  if (name === 'EntityId')
    return query.where(eb =>
      eb.exists(
        eb
          .selectFrom('market_change_set_entity')
          .select('entity')
          .whereRef('change_set', '=', 'market_change_set.id')
          .where('entity', 'in', [...values]),
      ),
    )
  if (!Object.hasOwn(times, name)) throw new ValidationException(`Change sets cannot be filtered by ${name}.`)
  const [column, compare] = times[name as keyof typeof times]
  const time = Date.parse(values[0] ?? '')
  if (values.length !== 1 || Number.isNaN(time))
    throw new ValidationException(`${name} takes one time like 2026-11-20T12:00:00Z.`)
  const bounded = query.where(column, compare, time)
  return column === 'ended' ? bounded.where('ended', '>', 0) : bounded
}
