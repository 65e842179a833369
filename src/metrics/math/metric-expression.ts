import { MathFault } from './math-fault.ts'

/** An expression of metric math, taken apart. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: 'minus'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }

const token =
  /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<text>'[^']*'|"[^"]*")|(?<name>[A-Za-z]\w*)|(?<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]))/y

/** From those that bind the least to those that bind the most. */
const binary: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
]

const words: Readonly<Record<string, string>> = { AND: '&&', OR: '||' }

/** How deep parentheses, lists and calls may stand in one another. */
const deepest = 50

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end'
  readonly text: string
}

function tokensOf(source: string): Token[] {
  const found: Token[] = []
  token.lastIndex = 0
  let end = 0
  for (let match = token.exec(source); match?.groups; match = token.exec(source)) {
    end = token.lastIndex
    const [kind, text] = Object.entries(match.groups).find(([, value]) => value !== undefined) as [
      Token['kind'],
      string,
    ]
    const word = kind === 'name' ? words[text.toUpperCase()] : undefined
    found.push(word ? { kind: 'sign', text: word } : { kind, text })
  }
  const rest = source.slice(end).trim()
  if (rest !== '') throw new MathFault(`it cannot be read from "${rest.slice(0, 40)}" on.`)
  return [...found, { kind: 'end', text: '' }]
}

/**
 * Reads an expression. Throws MathFault. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics" (operators, data types,
 * functions); the order in which operators bind is that of arithmetic.
 */
export function parseExpression(source: string): Expression {
  const tokens = tokensOf(source)
  let at = 0
  let depth = 0
  const peek = (): Token => tokens[at] as Token
  const takes = (...signs: readonly string[]): string | undefined => {
    const { kind, text } = peek()
    if (kind !== 'sign' || !signs.includes(text)) return undefined
    at += 1
    return text
  }
  const require = (sign: string) => {
    if (!takes(sign)) throw new MathFault(`"${sign}" is missing before "${peek().text || 'its end'}".`)
  }

  const level = (index: number): Expression => {
    const signs = binary[index]
    if (!signs) return unary()
    let left = level(index + 1)
    for (let operator = takes(...signs); operator; operator = takes(...signs))
      left = { kind: 'binary', operator, left, right: level(index + 1) }
    return left
  }

  const unary = (): Expression => {
    if (takes('-')) return within(() => ({ kind: 'minus', of: unary() }))
    const base = primary()
    return takes('^') ? within(() => ({ kind: 'binary', operator: '^', left: base, right: unary() })) : base
  }

  const primary = (): Expression => {
    const { kind, text } = peek()
    if (takes('(')) return within(() => closed(level(0), ')'))
    if (takes('[')) return within(() => ({ kind: 'list', items: until(']') }))
    at += 1
    if (kind === 'number') return { kind, value: Number(text) }
    if (kind === 'text') return { kind, value: text.slice(1, -1) }
    if (kind !== 'name') throw new MathFault(`a value is missing before "${text || 'its end'}".`)
    return takes('(')
      ? within(() => ({ kind: 'call', name: text.toUpperCase(), given: until(')') }))
      : { kind, name: text }
  }

  const within = (read: () => Expression): Expression => {
    depth += 1
    if (depth > deepest) throw new MathFault(`it is more than ${deepest} levels deep.`)
    const found = read()
    depth -= 1
    return found
  }
  const closed = (found: Expression, sign: string): Expression => {
    require(sign)
    return found
  }
  const until = (sign: string): Expression[] => {
    if (takes(sign)) return []
    const items = [level(0)]
    while (takes(',')) items.push(level(0))
    require(sign)
    return items
  }

  const found = level(0)
  if (peek().kind !== 'end') throw new MathFault(`nothing may follow before "${peek().text}".`)
  return found
}
