import type { RE2JS } from 're2js'
import type { Value } from './query-syntax.ts'

interface QueryFunction {
  /** How many arguments it takes, from and to. */
  readonly takes: readonly [least: number, most: number]
  /** Of the values of its arguments; a list and a regular expression come as they are written. */
  run(...values: readonly unknown[]): Value
}

const numeric = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** The number that a value is or is written as. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'string' && numeric.test(value) ? Number(value) : undefined

const text = (value: unknown): string => (value === undefined ? '' : String(value))
const truth = (holds: boolean): Value => (holds ? 1 : 0)

/** Whether a condition holds: not for 0, an empty text and a field that is missing. */
export const isTrue = (value: Value): boolean => value !== undefined && value !== '' && value !== 0 && value !== 'false'

/** By number where both are numbers, else by text; what is missing comes before everything. */
export function compare(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left - right
  return text(a) < text(b) ? -1 : Number(text(a) > text(b))
}

const numbers =
  (work: (...values: number[]) => number) =>
  (...values: readonly unknown[]): Value => {
    const given = values.map(numberOf)
    if (given.some(value => value === undefined)) return undefined
    const result = work(...(given as number[]))
    return Number.isFinite(result) ? result : undefined
  }

const present =
  (work: (...values: string[]) => Value) =>
  (...values: readonly unknown[]): Value =>
    values.some(value => value === undefined) ? undefined : work(...values.map(text))

const holds =
  (test: (order: number) => boolean) =>
  (a: unknown, b: unknown): Value =>
    truth(a !== undefined && b !== undefined && test(compare(a as Value, b as Value)))

const function_ = (least: number, most: number, run: (...values: readonly never[]) => Value): QueryFunction => ({
  takes: [least, most],
  run: run as QueryFunction['run'],
})

const many = 20

/** The units of bin, datefloor and dateceil in milliseconds (User Guide, "Datetime functions"), of one length each. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|msec|milliseconds?)$/i, 1],
  [/^(?:s|sec|seconds?)$/i, 1000],
  [/^(?:m|min|minutes?)$/i, 60_000],
  [/^(?:h|hr|hours?)$/i, 3_600_000],
  [/^(?:d|days?)$/i, 86_400_000],
  [/^(?:w|weeks?)$/i, 604_800_000],
]

/** `5m` in milliseconds; undefined for what is no period, and for months, quarters and years. */
export function periodOf(written: string): number | undefined {
  const [, count, unit = ''] = /^(\d+)([a-z]+)$/i.exec(written) ?? []
  const length = units.find(([name]) => name.test(unit))?.[1]
  return length === undefined || Number(count) === 0 ? undefined : Number(count) * length
}

const floor = (time: number, period: number): number => Math.floor(time / period) * period

/** `2026-11-29 00:10:00.000`: as results show a time; UTC. */
export const writeTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '')

/** Milliseconds of a number, or of a time as results show it. */
export function timeOf(value: unknown): number | undefined {
  const number = numberOf(value)
  if (number !== undefined) return number
  const read = typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}Z`) : Number.NaN
  return Number.isNaN(read) ? undefined : read
}

const rounded =
  (round: (time: number, period: number) => number) =>
  (value: unknown, written: unknown): Value => {
    const [time, period] = [timeOf(value), periodOf(text(written))]
    if (time === undefined || period === undefined) return undefined
    return writeTime(round(time, period))
  }

/** Functions and operators, by the names of the User Guide, "Supported operations and functions". */
export const functions: Readonly<Record<string, QueryFunction>> = {
  or: function_(2, 2, (a: Value, b: Value) => truth(isTrue(a) || isTrue(b))),
  and: function_(2, 2, (a: Value, b: Value) => truth(isTrue(a) && isTrue(b))),
  not: function_(1, 1, (value: Value) => truth(!isTrue(value))),
  '=': function_(
    2,
    2,
    holds(order => order === 0),
  ),
  '!=': function_(2, 2, (a: Value, b: Value) => truth(compare(a, b) !== 0)),
  '<': function_(
    2,
    2,
    holds(order => order < 0),
  ),
  '<=': function_(
    2,
    2,
    holds(order => order <= 0),
  ),
  '>': function_(
    2,
    2,
    holds(order => order > 0),
  ),
  '>=': function_(
    2,
    2,
    holds(order => order >= 0),
  ),
  like: function_(2, 2, (value: Value, regex: RE2JS) =>
    truth(value !== undefined && regex.matcher(text(value)).find()),
  ),
  in: function_(2, 2, (value: Value, list: readonly Value[]) =>
    truth(value !== undefined && list.some(item => compare(value, item) === 0)),
  ),
  '+': function_(
    2,
    2,
    numbers((a, b) => a + b),
  ),
  '-': function_(
    2,
    2,
    numbers((a, b) => a - b),
  ),
  '*': function_(
    2,
    2,
    numbers((a, b) => a * b),
  ),
  '/': function_(
    2,
    2,
    numbers((a, b) => a / b),
  ),
  '%': function_(
    2,
    2,
    numbers((a, b) => a % b),
  ),
  '^': function_(
    2,
    2,
    numbers((a, b) => a ** b),
  ),
  abs: function_(1, 1, numbers(Math.abs)),
  ceil: function_(1, 1, numbers(Math.ceil)),
  floor: function_(1, 1, numbers(Math.floor)),
  greatest: function_(1, many, numbers(Math.max)),
  least: function_(1, many, numbers(Math.min)),
  log: function_(1, 1, numbers(Math.log)),
  sqrt: function_(1, 1, numbers(Math.sqrt)),
  ispresent: function_(1, 1, (value: Value) => truth(value !== undefined)),
  coalesce: function_(1, many, (...values: readonly Value[]) => values.find(value => value !== undefined)),
  isempty: function_(1, 1, (value: Value) => truth(value === undefined || value === '')),
  isblank: function_(1, 1, (value: Value) => truth(text(value).trim() === '')),
  concat: function_(1, many, (...values: readonly Value[]) => values.map(text).join('')),
  ltrim: function_(
    1,
    2,
    present((value, characters) => trim(value, characters, true, false)),
  ),
  rtrim: function_(
    1,
    2,
    present((value, characters) => trim(value, characters, false, true)),
  ),
  trim: function_(
    1,
    2,
    present((value, characters) => trim(value, characters, true, true)),
  ),
  strlen: function_(
    1,
    1,
    present(value => [...value].length),
  ),
  toupper: function_(
    1,
    1,
    present(value => value.toUpperCase()),
  ),
  tolower: function_(
    1,
    1,
    present(value => value.toLowerCase()),
  ),
  substr: function_(
    2,
    3,
    present((value, from, length) =>
      value.slice(Number(from), length === undefined ? undefined : Number(from) + Number(length)),
    ),
  ),
  replace: function_(
    3,
    3,
    present((value, from = '', to = '') => (from === '' ? value : value.replaceAll(from, () => to))),
  ),
  strcontains: function_(
    2,
    2,
    present((value, part = '') => truth(value.includes(part))),
  ),
  datefloor: function_(2, 2, rounded(floor)),
  dateceil: function_(
    2,
    2,
    rounded((time, period) => -floor(-time, period)),
  ),
  frommillis: function_(1, 1, (value: Value) => {
    const number = numberOf(value)
    return number === undefined || Math.abs(number) > 8.64e15 ? undefined : writeTime(number)
  }),
  tomillis: function_(1, 1, (value: Value) => timeOf(value)),
}

/** Without characters it takes white space away. */
function trim(value: string, characters: string | undefined, left: boolean, right: boolean): string {
  const gone = (character: string | undefined) =>
    character !== undefined && (characters === undefined ? character.trim() === '' : characters.includes(character))
  let [from, to] = [0, value.length]
  while (left && from < to && gone(value[from])) from += 1
  while (right && to > from && gone(value[to - 1])) to -= 1
  return value.slice(from, to)
}
