import { readComparison, readExpression, readTokens, type Tokens } from './filter-token.ts'
import type { CompileRegex, Matcher } from './filter-value.ts'
import { comparison } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

type FieldTest = (field: string) => boolean

/**
 * `[ip, user, ..., status = 4* || status = 500, bytes > 1000]`: one field for each word of the message, where `"…"` and `[…]` in
 * the message are one word, and `...` stands for any number of words.
 */
export function parseFieldPattern(text: string, compile: CompileRegex): Matcher {
  if (!text.endsWith(']')) throw invalidParameter(`Invalid filter pattern: '${text}' has no closing bracket.`)
  const tokens = readTokens(text.slice(1, -1), compile)
  const fields = [readField(tokens)]
  while (tokens.take(',')) fields.push(readField(tokens))
  if (tokens.peek()) throw tokens.fail()
  const gap = fields.indexOf('...')
  if (gap !== fields.lastIndexOf('...')) throw invalidParameter(`A filter pattern can hold one ellipsis: '${text}'`)
  return message => matchFields(fields, gap, splitWords(message))
}

function matchFields(fields: readonly (FieldTest | '...')[], gap: number, words: readonly string[]): boolean {
  if (gap < 0 ? words.length !== fields.length : words.length < fields.length - 1) return false
  const shift = words.length - fields.length
  return fields.every(
    (field, index) => field === '...' || field(words[gap >= 0 && index > gap ? index + shift : index] ?? ''),
  )
}

function readField(tokens: Tokens): FieldTest | '...' {
  const token = tokens.peek()
  // An empty name, as after a last comma, is a field that may be anything.
  if (!token || (token.kind === 'mark' && token.text === ',')) return () => true
  if (token.kind === 'bare' && token.text === '...') {
    tokens.next()
    return '...'
  }
  return readExpression<string>(tokens, () => readCondition(tokens))
}

function readCondition(tokens: Tokens): FieldTest {
  const name = tokens.peek()
  if (name?.kind !== 'bare' || !/^[\p{L}\p{N}_-]+$/u.test(name.text)) throw tokens.fail()
  tokens.next()
  const after = tokens.peek()
  if (!after || (after.kind === 'mark' && [',', ')', '&&', '||'].includes(after.text))) return () => true
  const { operator, literal } = readComparison(tokens)
  return comparison(operator, literal)
}

const splitWords = (message: string): string[] =>
  [...message.matchAll(/\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(
    ([whole, bracketed, quoted]) => bracketed ?? quoted ?? whole,
  )
