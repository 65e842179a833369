import { readFileSync } from 'node:fs'
import { parseSync } from 'oxc-parser'

/** One small change of a file: what stands from `start` to `end` becomes `text`. */
export interface Mutant {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly text: string
  /** The line it begins on, as it is, and its number. */
  readonly line: string
  readonly number: number
  /** `a < b → a <= b`, on one line. */
  readonly what: string
}

const table = (given: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(given))

/** What an operator may be taken for: at a boundary, and the other way round. */
const operators = table({
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
  '&&': ['||'],
  '||': ['&&'],
})

/** In the words of SQL, which are strings here. */
const comparisons = table({
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '=': ['!='],
  '!=': ['='],
  desc: ['asc'],
})

/** Methods of numbers and lists that are told apart by one word. */
const methods = table({
  plus: ['minus'],
  minus: ['plus'],
  times: ['div'],
  div: ['times'],
  lt: ['lte'],
  lte: ['lt'],
  gt: ['gte'],
  gte: ['gt'],
  min: ['max'],
  max: ['min'],
  some: ['every'],
  every: ['some'],
  roundHalfUp: ['roundDown'],
})

/** A node of the syntax tree as the parser gives it (ESTree). */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [part: string]: unknown
}

interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Every mutant of a file, in the order of its text. Types, imports and plain strings are left alone. */
export function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(file, 'utf8')
  const changes = nodesOf(parseSync(file, source).program as unknown as Node).flatMap(node => changesOf(node, source))
  return changes.map(({ start, end, text }) => {
    const number = source.slice(0, start).split('\n').length
    const line = source.split('\n')[number - 1]?.trim() ?? ''
    const inWords = (words: string) => words.replace(/\s+/g, ' ').trim() || 'nothing'
    return { file, start, end, text, line, number, what: `${inWords(source.slice(start, end))} → ${inWords(text)}` }
  })
}

/** An expression stands in some nodes of types. */
const transparent = new Set([
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSInstantiationExpression',
])

function nodesOf(node: Node): Node[] {
  if (node.type === 'ImportDeclaration') return []
  if (node.type.startsWith('TS')) return transparent.has(node.type) ? nodesOf(node.expression as Node) : []
  return [node, ...partsOf(node).flatMap(nodesOf)]
}

const partsOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter((part): part is Node => typeof (part as Node | null)?.type === 'string')

function changesOf(node: Node, source: string): Change[] {
  const replaced = (by: string, { start, end }: Pick<Node, 'start' | 'end'> = node) => ({ start, end, text: by })
  const words = ({ start, end }: Node) => source.slice(start, end)
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return operatorChanges(node, source)
    case 'MemberExpression': {
      const property = node.property as Node
      return node.computed ? [] : (methods.get(words(property)) ?? []).map(name => replaced(name, property))
    }
    case 'Literal':
      return literalChanges(node).map(text => replaced(text))
    case 'ExpressionStatement':
      return [replaced(';')]
    case 'IfStatement':
    case 'ConditionalExpression': {
      const test = node.test as Node
      return isTurnedAnyway(test) ? [] : [replaced(`!(${words(test)})`, test)]
    }
    case 'UnaryExpression':
      return node.operator === '!' ? [replaced(words(node.argument as Node))] : []
    default:
      return []
  }
}

/** By its operator. */
const isTurnedAnyway = ({ type, operator }: Node): boolean =>
  (type === 'UnaryExpression' && operator === '!') || (type === 'BinaryExpression' && /^[!=]==$/.test(String(operator)))

function literalChanges({ value, raw, bigint }: Node): readonly string[] {
  if (typeof value === 'string') return (comparisons.get(value) ?? []).map(text => `'${text}'`)
  if (typeof value === 'boolean') return [String(!value)]
  if (typeof bigint === 'string') return [`(${raw} + 1n)`]
  return typeof value === 'number' ? [`(${raw} + 1)`] : []
}

/** The operator stands between its two sides, beside nothing but spaces, parentheses and comments. */
function operatorChanges(node: Node, source: string): Change[] {
  const { operator, left, right } = node as unknown as { operator: string; left: Node; right: Node }
  if (operator === '+' && [left, right].some(isText)) return []
  const start = source.indexOf(operator, left.end)
  return (operators.get(operator) ?? []).map(text => ({ start, end: start + operator.length, text }))
}

const isText = ({ type, value }: Node): boolean => type === 'TemplateLiteral' || typeof value === 'string'
