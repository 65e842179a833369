import { MathFault } from './math-fault.ts'
import type { Expression } from './metric-expression.ts'
import { type FillWord, fill, fillWords, functions, type Grid, unserved } from './metric-function.ts'
import { combine, isList, isSeries, mapValue, type Series, type Value } from './series-value.ts'

/** What an expression may ask for. */
export interface Scope extends Grid {
  /** The result of a query by its Id; undefined when there is none. */
  result(id: string): Value | undefined
  /** The metrics that the request fetches whose Ids hold this text, by which `METRICS` knows them. */
  metrics(holding: string): readonly Series[]
  /** Told of every part how many metrics it makes. */
  note(metrics: number): void
}

/** As many metrics as a request may ask for (CloudWatch API Reference, GetMetricData). Lists of lists would have no bound. */
const mostListed = 500

const flag = (is: boolean): number => (is ? 1 : 0)

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => flag(left === right),
  '!=': (left, right) => flag(left !== right),
  '<': (left, right) => flag(left < right),
  '<=': (left, right) => flag(left <= right),
  '>': (left, right) => flag(left > right),
  '>=': (left, right) => flag(left >= right),
  '&&': (left, right) => flag(left !== 0 && right !== 0),
  '||': (left, right) => flag(left !== 0 || right !== 0),
}

/** Throws MathFault for what is not served or does not fit together, whatever the data: with no datapoints at all the same faults are found. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const found = computed(expression, scope)
  scope.note(isList(found) ? found.length : 1)
  return found
}

function computed(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'number':
      return expression.value
    case 'text':
      throw new MathFault(`the text '${expression.value}' stands where a value is wanted.`)
    case 'name':
      return scope.result(expression.name) ?? unknownName(expression.name)
    case 'minus':
      return mapValue(evaluate(expression.of, scope), value => -value)
    case 'list':
      return listOf(expression.items, scope)
    case 'binary':
      return combine(
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
        operators[expression.operator] as (left: number, right: number) => number,
      )
    case 'call':
      return call(expression.name, expression.given, scope)
  }
}

const unknownName = (name: string): never => {
  throw new MathFault(`${name} is the Id of no query of the request.`)
}

function listOf(items: readonly Expression[], scope: Scope): readonly Series[] {
  const list: Series[] = []
  for (const item of items) {
    list.push(...listed(evaluate(item, scope)))
    if (list.length > mostListed) throw new MathFault(`a list holds more than ${mostListed} metrics.`)
  }
  return list
}

function listed(value: Value): readonly Series[] {
  if (isList(value)) return value
  if (isSeries(value)) return [value]
  throw new MathFault('a list holds metrics, not numbers.')
}

function call(name: string, given: readonly Expression[], scope: Scope): Value {
  if (name === 'METRICS') return scope.metrics(textOf(given))
  if (name === 'FILL') return fillCall(given, scope)
  const found = functions[name]
  if (!found)
    throw new MathFault(
      unserved.includes(name) ? `the function ${name} is not served.` : `there is no function ${name}.`,
    )
  const [least, most] = found.takes
  if (given.length < least || given.length > most)
    throw new MathFault(`${name} takes ${least === most ? least : `${least} to ${most}`} values, not ${given.length}.`)
  return found.make(
    given.map(each => evaluate(each, scope)),
    scope,
  )
}

function textOf(given: readonly Expression[]): string {
  const [first, ...more] = given
  if (!first) return ''
  if (first.kind !== 'text' || more.length > 0)
    throw new MathFault('METRICS takes one text in quotation marks, or none.')
  return first.value
}

function fillCall(given: readonly Expression[], scope: Scope): Value {
  const [what, by, ...more] = given
  if (!what || !by || more.length > 0) throw new MathFault(`FILL takes 2 values, not ${given.length}.`)
  const word = by.kind === 'name' ? fillWords.find(one => one === by.name.toUpperCase()) : undefined
  return fill(evaluate(what, scope), word ?? (evaluate(by, scope) as Value | FillWord), scope)
}
