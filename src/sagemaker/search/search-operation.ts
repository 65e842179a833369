import type { SearchRecord } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import { load } from '../../model/load.ts'
import type { Context } from '../../service/context.ts'
import { paging } from '../../service/page.ts'
import type { Op } from '../sagemaker-operation.ts'
import { compileExpression, type Matches, necessaryTexts } from './search-filter.ts'
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
  const pages = paging<Cursor>(['Search', ctx.account, ctx.region, question], NextToken || undefined)
  const { after } = pages
  const descending = input.SortOrder !== 'Ascending'
  const read = what.columns[sortBy] ? byColumn : byProperty
  const texts = necessaryTexts(what.shape, input.SearchExpression)
  const found = await read({ what, matches, texts, sortBy, descending, after, wanted: MaxResults + 1, ctx })

  const page = found.slice(0, MaxResults)
  const before = (after?.[2] ?? 0) + page.length
  const last = page.at(-1)
  const more = found.length > MaxResults && last
  return {
    Results: page.map(({ record }) => ({ [what.member]: shown(what, record) }) as SearchRecord),
    ...(more && { NextToken: pages.token([last.value, last.arn, before]) }),
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
  /** What the JSON of those that match holds. */
  readonly texts: readonly string[]
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
async function byColumn(reading: Reading): Promise<Hit[]> {
  const { what, sortBy, descending, after, wanted } = reading
  const found: Hit[] = []
  for await (const hits of matching(
    reading,
    what.columns[sortBy] as Column,
    descending,
    after && [after[0], after[1]],
  )) {
    found.push(...hits.slice(0, wanted - found.length))
    if (found.length === wanted) break
  }
  return found
}

/** By any other property: all are read and the first that the page needs kept; what has no such property comes last. */
async function byProperty(reading: Reading): Promise<Hit[]> {
  const { sortBy, descending, after, wanted } = reading
  const begin = after && { value: after[0], arn: after[1] }
  let first: Hit[] = []
  for await (const hits of matching(reading, 'created', true, undefined)) {
    const keyed = hits.map(hit => ({ ...hit, value: sortable(valuesOf(hit.record, sortBy)[0]) }))
    const rest = begin ? keyed.filter(hit => order(begin, hit, descending) < 0) : keyed
    if (rest.length > 0) first = [...first, ...rest].sort((a, b) => order(a, b, descending)).slice(0, wanted)
  }
  return first
}

const sortable = (value: unknown): string | number =>
  value instanceof Date ? value.getTime() : typeof value === 'number' ? value : value === undefined ? '' : String(value)

function order(a: Pick<Hit, 'value' | 'arn'>, b: Pick<Hit, 'value' | 'arn'>, descending: boolean): number {
  if (a.value === b.value) return a.arn < b.arn ? -1 : a.arn > b.arn ? 1 : 0
  if (a.value === '' || b.value === '') return a.value === '' ? 1 : -1
  return a.value < b.value === descending ? 1 : -1
}

const batch = 50

type Column = 'name' | 'created' | 'modified'

/** Those of the caller's account and region that match, with their tags, batch by batch; others get their turn in between. */
async function* matching(
  { what: { kind, view }, matches, texts, ctx }: Reading,
  sortBy: Column,
  descending: boolean,
  begin: readonly [string | number, string] | undefined,
): AsyncGenerator<Hit[]> {
  const filter = { account: ctx.account, region: ctx.region, sortBy, descending, limit: batch }
  for (let after = begin; ; ) {
    const rows = await kind.texts(ctx.store, { ...filter, ...(after && { after }) })
    const likely = rows.filter(({ document }) => texts.every(text => document.includes(text)))
    const tags = await tagsOf(likely, ctx)
    yield likely.flatMap(({ arn, value, document }) => {
      const record = { ...view(JSON.parse(document)), Tags: tags.get(arn) } as SearchedRecord
      return matches(record) ? [{ value, arn, record }] : []
    })
    const last = rows.at(-1)
    if (!last || rows.length < batch) return
    after = [last.value, last.arn]
    await turns.takeAgain(ctx.account)
  }
}

async function tagsOf(rows: readonly { arn: string }[], { store }: Context): Promise<Map<string, object[]>> {
  const arns = rows.map(({ arn }) => arn)
  if (arns.length === 0) return new Map()
  const rowsOfTags = store.db.selectFrom('tag').selectAll().where('arn', 'in', arns)
  const found = await rowsOfTags.orderBy('arn').orderBy('key').execute()
  const tags = new Map<string, object[]>()
  for (const { arn, key, value } of found) tags.set(arn, [...(tags.get(arn) ?? []), { Key: key, Value: value }])
  return tags
}
