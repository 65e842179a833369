/** What a query of Logs Insights is made of, once it is read. */

/** A value of a field: numbers as numbers where something was calculated, undefined where a record lacks the field. */
export type Value = string | number | undefined

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Expression[] }

/** An expression and the name of the column that it fills: the one after `as`, or what was written. */
export interface Column {
  readonly name: string
  readonly expression: Expression
}

export type Command =
  | { readonly kind: 'fields'; readonly columns: readonly Column[] }
  | { readonly kind: 'display'; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'parse'; readonly from: Expression; readonly pattern: ParsePattern }
  | { readonly kind: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: 'sort'; readonly keys: readonly { readonly of: Expression; readonly descending: boolean }[] }
  | { readonly kind: 'limit'; readonly count: number }
  | { readonly kind: 'dedup'; readonly fields: readonly Expression[] }

/** A regular expression with named groups, and the names of the fields that it fills. */
export interface ParsePattern {
  readonly source: string
  readonly flags: string
  readonly names: readonly string[]
  /** Numbers of groups by name, for a glob, whose groups have none. */
  readonly groups: 'named' | 'numbered'
}

/** A query that cannot be read, and where. */
export class QuerySyntaxError extends Error {
  readonly start: number
  readonly end: number

  constructor(message: string, start: number, end: number) {
    super(message)
    this.start = start
    this.end = end
  }
}
