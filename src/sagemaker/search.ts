import type { SearchRecord } from '@aws-sdk/client-sagemaker'
import { load } from '../model/load.ts'
import type { Context } from '../service/context.ts'
import { ValidationException } from '../service/errors.ts'
import { decodePageToken, encodePageToken } from '../service/page-token.ts'
import type { Resource } from '../store/resources.ts'
import type { Op } from './operation.ts'
import { compileExpression, type Matches } from './search-filter.ts'
import { propertyType, type SearchedRecord, valuesOf } from './search-property.ts'
import { type Searchable, searchables } from './search-resources.ts'

/** Where the next page begins: the sort value and ARN of the last item, and how many came before. */
type Cursor = readonly [value: string | number, arn: string, before: number]

/** Source: SageMaker API Reference, Search. Sorted by the time of the last change, newest first, unless asked otherwise. */
export const search: Op<'Search'> = async (input, ctx) => {
  const { NextToken, MaxResults = 10, ...question } = input
  const what = requireSearchable(input.Resource)
  const matches = compileExpression(what.shape, input.SearchExpression)
  const sortBy = input.SortBy ?? ('LastModifiedTime' in what.columns ? 'LastModifiedTime' : 'CreationTime')
  if (propertyType(what.shape, sortBy) === 'structure')
    throw new ValidationException(`The results cannot be sorted by ${sortBy}, which is a structure.`)
  const scope = JSON.stringify(['Search', ctx.account, ctx.region, question])
  const after = NextToken ? (decodePageToken(scope, NextToken) as Cursor) : undefined
  const descending = input.SortOrder !== 'Ascending'
  const read = what.columns[sortBy] ? byColumn : byProperty
  const found = await read({ what, matches, sortBy, descending, after, wanted: MaxResults + 1, ctx })

  const page = found.slice(0, MaxResults)
  const before = (after?.[2] ?? 0) + page.length
  const last = page.at(-1)
  const more = found.length > MaxResults && last
  return {
    Results: page.map(({ record }) => ({ [what.member]: shown(what, record) }) as SearchRecord),
    ...(more && { NextToken: encodePageToken(scope, [last.value, last.arn, before]) }),
    TotalHits: { Value: more ? before + 1 : before, Relation: more ? 'GreaterThanOrEqualTo' : 'EqualTo' },
  }
}

export function requireSearchable(resource: string): Searchable {
  const what = searchables[resource]
  if (what) return what
  const covered = Object.keys(searchables).join(', ')
  throw new ValidationException(
    `Search for ${resource} is not supported by this installation of Modelmart; it covers: ${covered}.`,
  )
}

/** What Describe tells and Search does not is left out. */
function shown({ shape }: Searchable, record: SearchedRecord): object {
  const members = load('sagemaker').shapes[shape]?.members ?? {}
  return Object.fromEntries(Object.entries(record).filter(([name]) => Object.hasOwn(members, name)))
}

interface Reading {
  readonly what: Searchable
  readonly matches: Matches
  readonly sortBy: string
  readonly descending: boolean
  readonly after: Cursor | undefined
  readonly wanted: number
  readonly ctx: Context
}

interface Hit {
  readonly value: string | number
  readonly arn: string
  readonly record: SearchedRecord
}

/** In the order of an index, as far as the page needs. */
async function byColumn({ what, matches, sortBy, descending, after, wanted, ctx }: Reading): Promise<Hit[]> {
  const column = what.columns[sortBy] as 'name'
  const found: Hit[] = []
  for await (const { row, record } of records(what, column, descending, after && [after[0], after[1]], ctx)) {
    if (matches(record)) found.push({ value: row[column], arn: row.arn, record })
    if (found.length === wanted) break
  }
  return found
}

/** By any other property: everything that matches is sorted, what has no such property last. */
async function byProperty({ what, matches, sortBy, descending, after, wanted, ctx }: Reading): Promise<Hit[]> {
  const found: Hit[] = []
  for await (const { row, record } of records(what, 'created', true, undefined, ctx))
    if (matches(record)) found.push({ value: sortable(valuesOf(record, sortBy)[0]), arn: row.arn, record })
  const sorted = found.sort((a, b) => order(a, b, descending))
  const [value, arn] = after ?? []
  const rest = after
    ? sorted.filter(hit => order({ value: value as string, arn: arn as string }, hit, descending) < 0)
    : sorted
  return rest.slice(0, wanted)
}

const sortable = (value: unknown): string | number =>
  value instanceof Date ? value.getTime() : typeof value === 'number' ? value : value === undefined ? '' : String(value)

function order(a: Pick<Hit, 'value' | 'arn'>, b: Pick<Hit, 'value' | 'arn'>, descending: boolean): number {
  if (a.value === b.value) return a.arn < b.arn ? -1 : a.arn > b.arn ? 1 : 0
  if (a.value === '' || b.value === '') return a.value === '' ? 1 : -1
  return a.value < b.value === descending ? 1 : -1
}

const batch = 200

/** Every resource of the kind in the caller's account and region, with its tags. */
async function* records(
  { kind, view }: Searchable,
  sortBy: 'name' | 'created' | 'modified',
  descending: boolean,
  begin: readonly [string | number, string] | undefined,
  ctx: Context,
): AsyncGenerator<{ row: Resource; record: SearchedRecord }> {
  const filter = { account: ctx.account, region: ctx.region, sortBy, descending, limit: batch }
  for (let after = begin; ; ) {
    const rows = await kind.list(ctx.store, { ...filter, ...(after && { after }) })
    const tags = await tagsOf(rows, ctx)
    for (const row of rows) yield { row, record: { ...view(row), Tags: tags.get(row.arn) } as SearchedRecord }
    const last = rows.at(-1)
    if (!last || rows.length < batch) return
    after = [last[sortBy], last.arn]
  }
}

async function tagsOf(rows: readonly Resource[], { store }: Context): Promise<Map<string, object[]>> {
  const arns = rows.map(({ arn }) => arn)
  const found = arns.length > 0 ? await store.db.selectFrom('tag').selectAll().where('arn', 'in', arns).execute() : []
  const tags = new Map<string, object[]>()
  for (const { arn, key, value } of found) tags.set(arn, [...(tags.get(arn) ?? []), { Key: key, Value: value }])
  return tags
}
