import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import { type SelectQueryBuilder, sql } from 'kysely'
import { ValidationException } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import type { Context } from '../../service/context.ts'
import type { Input, Output } from '../../service/operation.ts'
import { type ColumnOrder, type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { EntityTable } from '../../store/schema/market-catalog-tables.ts'
import { never } from '../../store/schema/market-columns.ts'
import { type Entity, entityArn, entityOf, targetingOf } from '../entity.ts'
import { isoSeconds } from '../identifier.ts'
import type { OfferSet } from '../offer-document.ts'
import { checkCatalog } from './catalog-check.ts'
import type { Op } from './catalog-operation.ts'
import { mayDescribe } from './resource-policy.ts'

type ListInput = Input<typeof Sdk, 'ListEntities'>
type Summary = NonNullable<Output<typeof Sdk, 'ListEntities'>['EntitySummaryList']>[number]

type Column = 'id' | 'name' | 'state' | 'product' | 'modified' | 'released' | 'ends' | 'targeting' | 'document'

const named: Readonly<Record<string, Column>> = { EntityId: 'id', Name: 'name', LastModifiedDate: 'modified' }

/** Which column a filter or sort names, by entity type. AWS's other types exist but have no entities here. */
const fields: Readonly<Record<string, Readonly<Record<string, Column>>>> = {
  MachineLearningProduct: { EntityId: 'id', ProductTitle: 'name', Visibility: 'state', LastModifiedDate: 'modified' },
  Offer: {
    EntityId: 'id',
    Name: 'name',
    ProductId: 'product',
    State: 'state',
    Targeting: 'targeting',
    ReleaseDate: 'released',
    AvailabilityEndDate: 'ends',
    LastModifiedDate: 'modified',
  },
  Experience: named,
  ProcurementPolicy: named,
  BrandingSettings: named,
  Audience: named,
  OfferSet: {
    ...{ EntityId: 'id', Name: 'name', State: 'state', ReleaseDate: 'released', LastModifiedDate: 'modified' },
    // There are no solutions, so that every set has the same: none.
    ...{ AssociatedOfferIds: 'document', SolutionId: 'product' },
  },
}
const otherTypes = [
  ...['AmiProduct', 'ContainerProduct', 'DataProduct', 'SaaSProduct', 'ProfessionalServicesProduct', 'Solution'],
  ...['ResaleAuthorization', 'Seller'],
]

interface Condition {
  readonly column: Column | 'buyer'
  readonly values?: readonly string[]
  readonly like?: string
  readonly after?: number
  readonly before?: number
}

/** Entities of one type, the caller's own or those shared with it, newest first unless sorted otherwise. */
export const listEntities: Op<'ListEntities'> = async (input, ctx) => {
  checkCatalog(input.Catalog)
  const known = fields[input.EntityType]
  if (!known && !otherTypes.includes(input.EntityType))
    throw new ValidationException(`EntityType ${input.EntityType} is unknown; name it without its version.`)
  checkTyped(input, input.EntityTypeFilters, 'Filters')
  checkTyped(input, input.EntityTypeSort, 'Sort')
  if (!known) return { EntitySummaryList: [] }
  const { NextToken, MaxResults = 20, ...asked } = input
  const listing = ['ListEntities', ctx.account, asked]
  const pages = paging<ColumnPlace>(listing, NextToken)
  const order = sortOf(input, known)
  const found = await select(input, ctx, conditionsOf(input, known), order, pages.after, MaxResults + 1)
  const { items, next } = pages.cut(found, MaxResults, entity => [sortValue(entity, order.column), entity.id])
  return { EntitySummaryList: items.map(summarize), ...(next !== undefined && { NextToken: next }) }
}

const sortValue = (entity: Entity, column: Column): string | number =>
  column === 'targeting' ? targetingOf(entity) : column === 'document' ? '' : entity[column]

function sortOf(input: ListInput, known: Readonly<Record<string, Column>>) {
  const typed = Object.values(input.EntityTypeSort ?? {})[0] as { SortBy?: string; SortOrder?: string } | undefined
  if (input.Sort && typed) throw new ValidationException('Give Sort or EntityTypeSort, not both.')
  const { SortBy = 'LastModifiedDate', SortOrder = 'DESCENDING' } = input.Sort ?? typed ?? {}
  const column = Object.hasOwn(known, SortBy) ? known[SortBy] : undefined
  const sortable = Object.keys(known).filter(name => known[name] !== 'document')
  if (!column || column === 'document')
    throw new ValidationException(`${input.EntityType} cannot be sorted by ${SortBy}; use ${sortable.join(', ')}.`)
  // What all have alike sorts nothing.
  const by = SortBy === 'SolutionId' ? 'modified' : column
  return { column: by, direction: SortOrder === 'DESCENDING' ? 'desc' : 'asc' } as const
}

function checkTyped(input: ListInput, given: object | undefined, suffix: string): void {
  const wrong = Object.keys(given ?? {}).find(name => name !== `${input.EntityType}${suffix}`)
  if (wrong) throw new ValidationException(`${wrong} does not go with EntityType ${input.EntityType}.`)
}

function conditionsOf(input: ListInput, known: Readonly<Record<string, Column>>): Condition[] {
  const typed = Object.values(input.EntityTypeFilters ?? {})[0] as Record<string, TypedFilter> | undefined
  return [
    ...(input.FilterList ?? []).map(({ Name = '', ValueList = [] }) =>
      plainFilter(Name, ValueList, known, input.EntityType),
    ),
    ...Object.entries(typed ?? {}).map(([name, filter]) => typedFilter(name, filter, known, input.EntityType)),
  ]
}

interface TypedFilter {
  readonly ValueList?: readonly string[]
  readonly WildCardValue?: string
  readonly DateRange?: { readonly AfterValue?: string; readonly BeforeValue?: string }
}

function plainFilter(
  name: string,
  values: readonly string[],
  known: Readonly<Record<string, Column>>,
  type: string,
): Condition {
  const range = /^(Before|After)(LastModifiedDate|ReleaseDate|AvailabilityEndDate)$/.exec(name)
  const column = known[range?.[2] ?? name]
  if (!column || (range === null && isTime(column))) throw unknownFilter(name, type)
  if (range) return { column, [range[1] === 'Before' ? 'before' : 'after']: time(values[0]) }
  return { column, values }
}

function typedFilter(
  name: string,
  filter: TypedFilter,
  known: Readonly<Record<string, Column>>,
  type: string,
): Condition {
  const { ValueList: values, WildCardValue: like, DateRange: range } = filter
  if (type === 'Offer' && name === 'BuyerAccounts' && like) return { column: 'buyer', like }
  const column = known[name]
  if (!column) throw unknownFilter(name, type)
  const { AfterValue, BeforeValue } = range ?? {}
  return {
    column,
    ...(values && { values }),
    ...(like !== undefined && { like }),
    ...(AfterValue && { after: time(AfterValue) }),
    ...(BeforeValue && { before: time(BeforeValue) }),
  }
}

const unknownFilter = (name: string, type: string) => new ValidationException(`${type} cannot be filtered by ${name}.`)
const isTime = (column: Column): boolean => ['modified', 'released', 'ends'].includes(column)

function time(value: string | undefined): number {
  const parsed = Date.parse(value ?? '')
  if (Number.isNaN(parsed)) throw new ValidationException(`${value} is not a time like 2026-11-20T12:00:00Z.`)
  return parsed
}

type Query = SelectQueryBuilder<Database, 'market_entity', EntityTable>

async function select(
  input: ListInput,
  ctx: Context,
  conditions: readonly Condition[],
  order: ColumnOrder & { readonly column: Column },
  after: ColumnPlace | undefined,
  limit: number,
): Promise<Entity[]> {
  let query: Query = ctx.store.db.selectFrom('market_entity').selectAll().where('kind', '=', input.EntityType)
  for (const condition of conditions) query = narrow(query, condition)
  query = inOrder(query, order, after)
  if (input.OwnershipType !== 'SHARED')
    return (await query.where('account', '=', ctx.account).limit(limit).execute()).map(entityOf)
  return shared(query.where('account', '<>', ctx.account).where('policy', '<>', ''), order, ctx, limit)
}

/** Looked at together: whether an entity is shared, its policy says. */
const atOnce = 100

async function shared(
  query: Query,
  order: ColumnOrder & { readonly column: Column },
  ctx: Context,
  limit: number,
): Promise<Entity[]> {
  const entities: Entity[] = []
  let last: Entity | undefined
  for (;;) {
    const place = last && ([sortValue(last, order.column), last.id] as const)
    const rows = await inOrder(query.clearOrderBy(), order, place).limit(atOnce).execute()
    for (const entity of rows.map(entityOf)) {
      if (await mayDescribe(entity, ctx)) entities.push(entity)
      if (entities.length === limit) return entities
      last = entity
    }
    if (rows.length < atOnce) return entities
    await turns.takeAgain(ctx.account)
  }
}

function narrow(query: Query, { column, values, like, after, before }: Condition): Query {
  if (column === 'buyer')
    return query.where(eb =>
      eb.exists(
        eb
          .selectFrom('market_entity_account')
          .select('account')
          .whereRef('entity', '=', 'market_entity.id')
          .where('account', '=', like ?? ''),
      ),
    )
  let narrowed = query
  if (column === 'document') return withAnyOffer(query, values ?? [])
  if (values) narrowed = narrowed.where(column, 'in', [...values])
  if (like !== undefined) narrowed = narrowed.where(contains(column, like))
  if (after !== undefined) narrowed = narrowed.where(column, '>=', after)
  if (before !== undefined) narrowed = narrowed.where(column, '<=', before)
  return narrowed
}

/** An id in quotes is in the JSON where it is one of the offers and nowhere else: in texts quotes are escaped. */
const withAnyOffer = (query: Query, offers: readonly string[]): Query =>
  query.where(eb => eb.or(offers.map(id => contains('document', JSON.stringify(id)))))

const contains = (column: Column, text: string) =>
  sql<boolean>`lower(${sql.ref(column)}) like ${`%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`

function summarize(entity: Entity): Summary {
  const { id, kind, name, state, modified, released, ends, product } = entity
  const common = {
    ...(name && { Name: name }),
    EntityType: kind,
    EntityId: id,
    EntityArn: entityArn(entity),
    LastModifiedDate: isoSeconds(modified),
  }
  if (kind === 'MachineLearningProduct')
    return {
      ...common,
      Visibility: state,
      MachineLearningProductSummary: { ...(name && { ProductTitle: name }), Visibility: state as 'Draft' },
    }
  if (kind === 'OfferSet')
    return {
      ...common,
      OfferSetSummary: {
        ...(name && { Name: name }),
        State: state as 'Draft',
        ...(released > 0 && { ReleaseDate: isoSeconds(released) }),
        AssociatedOfferIds: [...(entity as OfferSet).document.offers],
      },
    }
  if (kind !== 'Offer') return common
  return {
    ...common,
    OfferSummary: {
      ...(name && { Name: name }),
      ProductId: product,
      State: state as 'Draft',
      Targeting: [targetingOf(entity) as 'None'],
      BuyerAccounts: [...entity.document.buyerAccounts],
      ...(released > 0 && { ReleaseDate: isoSeconds(released) }),
      ...(ends < never && { AvailabilityEndDate: isoSeconds(ends) }),
    },
  }
}
