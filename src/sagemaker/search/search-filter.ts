import type { Filter, NestedFilters, SearchExpression } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { type PropertyType, propertyType, type SearchedRecord, valuesOf } from './search-property.ts'

export type Matches = (record: SearchedRecord) => boolean

const mostElements = 20

/**
 * Compiles a SearchExpression for records of a shape. Throws ValidationException for what it cannot mean. Source: SageMaker API
 * Reference, SearchExpression, NestedFilters and Filter.
 */
export function compileExpression(shape: string, expression: SearchExpression | undefined): Matches {
  if (!expression) return () => true
  if (containsCount(expression) > 1) throw new ValidationException("'CONTAINS' operator usage limit of 1 exceeded.")
  return compile(shape, expression)
}

function compile(
  shape: string,
  { Filters = [], NestedFilters = [], SubExpressions = [], Operator }: SearchExpression,
): Matches {
  const elements = Filters.length + NestedFilters.length + SubExpressions.length
  if (elements === 0)
    throw new ValidationException('A SearchExpression must have at least one filter, nested filter or subexpression.')
  if (elements > mostElements)
    throw new ValidationException(`A SearchExpression can have at most ${mostElements} elements, not ${elements}.`)
  const parts: Matches[] = [
    ...Filters.map(filter => compileFilter(shape, filter)),
    ...NestedFilters.map(filters => compileNested(shape, filters)),
    ...SubExpressions.map(part => compile(shape, part)),
  ]
  return Operator === 'Or' ? record => parts.some(part => part(record)) : record => parts.every(part => part(record))
}

/**
 * Texts that the JSON of every record that matches holds somewhere, so that most others need not be read. Only of properties that
 * are told as they are kept: tags are kept elsewhere, and an image is resolved when it is told.
 */
export function necessaryTexts(shape: string, expression: SearchExpression | undefined): string[] {
  const { Filters = [], NestedFilters = [], SubExpressions = [], Operator } = expression ?? {}
  if (Operator === 'Or') return []
  const filters = [...Filters, ...NestedFilters.flatMap(nested => nested.Filters ?? [])]
  const own = filters.flatMap(({ Name = '', Operator: test = 'Equals', Value = '' }) => {
    const type = propertyType(shape, Name)
    const asKept = !/^Tags\.|\.ResolvedImage$/.test(Name) && (test === 'Equals' || test === 'Contains')
    // Numbers among texts are compared as numbers, which may be written otherwise.
    const asText = type === 'text' || (type === 'mapped' && (test === 'Contains' || Number.isNaN(Number(Value))))
    return asKept && asText ? [JSON.stringify(Value).slice(1, -1)] : []
  })
  return [...own, ...SubExpressions.flatMap(part => necessaryTexts(shape, part))]
}

function containsCount({ Filters = [], NestedFilters = [], SubExpressions = [] }: SearchExpression): number {
  const filters = [...Filters, ...NestedFilters.flatMap(nested => nested.Filters ?? [])]
  const own = filters.filter(({ Operator }) => Operator === 'Contains').length
  return SubExpressions.reduce((sum, part) => sum + containsCount(part), own)
}

/** One item of the list must satisfy every filter. */
function compileNested(shape: string, { NestedPropertyName: list = '', Filters = [] }: NestedFilters): Matches {
  if (propertyType(shape, list) !== 'structure')
    throw new ValidationException(`NestedPropertyName must name a list of structures, which ${list} is not.`)
  const tests = Filters.map(filter => {
    const name = filter.Name ?? ''
    if (!name.startsWith(`${list}.`))
      throw new ValidationException(`Filters of the nested property ${list} must name its properties, not ${name}.`)
    return { name: name.slice(list.length + 1), test: compileTest(propertyType(shape, name), filter) }
  })
  return record =>
    valuesOf(record, list).some(item => tests.every(({ name, test }) => test(valuesOf(item as SearchedRecord, name))))
}

function compileFilter(shape: string, filter: Filter): Matches {
  const name = filter.Name ?? ''
  const test = compileTest(propertyType(shape, name), filter)
  return record => test(valuesOf(record, name))
}

/** A test of the values that a property has. */
function compileTest(type: PropertyType, { Name, Operator = 'Equals', Value }: Filter): (values: unknown[]) => boolean {
  if (Operator === 'Exists') return values => values.length > 0
  if (Operator === 'NotExists') return values => values.length === 0
  if (Value === undefined) throw new ValidationException(`The filter on ${Name} with ${Operator} needs a Value.`)
  if (type === 'structure') throw new ValidationException(`The property ${Name} can be tested only for its existence.`)
  const words = type === 'text' || type === 'mapped'
  if (Operator === 'Contains' || Operator === 'In') {
    if (!words) throw new ValidationException(`${Operator} is supported only for text, which ${Name} is not.`)
    const listed = Value.split(',')
    return Operator === 'Contains'
      ? values => values.some(value => String(value).includes(Value))
      : values => values.some(value => listed.includes(String(value)))
  }
  const sign = compare(type, Name, Value)
  if (Operator === 'Equals') return values => values.some(value => sign(value) === 0)
  if (Operator === 'NotEquals') return values => values.every(value => sign(value) !== 0)
  if (type === 'text')
    throw new ValidationException(`${Operator} is not supported for text properties such as ${Name}.`)
  return values => values.some(value => comparisons[Operator]?.(sign(value)))
}

const comparisons: Readonly<Record<string, (sign: number) => boolean>> = {
  GreaterThan: sign => sign > 0,
  GreaterThanOrEqualTo: sign => sign >= 0,
  LessThan: sign => sign < 0,
  LessThanOrEqualTo: sign => sign <= 0,
}

/** The sign of a property's value minus the filter's; NaN when they cannot be compared. */
function compare(type: PropertyType, name: string | undefined, text: string): (value: unknown) => number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (type === 'number') {
    if (Number.isNaN(number)) throw new ValidationException(`${name} is a number, which "${text}" is not.`)
    return value => Number(value) - number
  }
  if (type === 'time') {
    const time = Number.isNaN(number) ? Date.parse(text) : number * 1000
    if (Number.isNaN(time)) throw new ValidationException(`${name} is a time, which "${text}" is not.`)
    return value => (value as Date).getTime() - time
  }
  if (type === 'mapped' && !Number.isNaN(number)) return value => numberLike(value, number) - number
  return value => (String(value) === text ? 0 : Number.NaN)
}

/** Against an integer, decimal hyperparameters count as integers. */
const numberLike = (value: unknown, beside: number): number =>
  Number.isInteger(beside) ? Math.trunc(Number(value)) : Number(value)
