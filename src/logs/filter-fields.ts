import { readComparison, readExpression, readTokens, type Tokens } from './filter-token.ts'
import type { CompileRegex, Matcher } from './filter-value.ts'
import { comparison } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

type FieldTest = (field: string) => boolean

interface Field {
  /** Absent for a field that is only a place. */
  readonly name?: string
  readonly test: FieldTest
}

interface FieldPattern {
  readonly fields: readonly (Field | '...')[]
  /** Where the ellipsis stands; -1 without one. */
  readonly gap: number
}

/**
 * `[ip, user, ..., status = 4* || status = 500, bytes > 1000]`: one field for each word of the message, where `"…"` and `[…]` in
 * the message are one word, and `...` stands for any number of words.
 */
export function parseFieldPattern(text: string, compile: CompileRegex): Matcher {
  const pattern = readPattern(text, compile)
  return message => matchFields(pattern, splitWords(message))
}

/**
 * The words of a message that the pattern matches, by their fields' names; a word whose field has none goes by its number, from 1
 * (API Reference, TestMetricFilter: the values that it extracts).
 */
export function fieldValues(text: string, compile: CompileRegex): (message: string) => Map<string, string> {
  const pattern = readPattern(text, compile)
  return message => {
    const words = splitWords(message)
    return new Map(words.map((word, index) => [fieldAt(pattern, words.length, index)?.name ?? `${index + 1}`, word]))
  }
}

function readPattern(text: string, compile: CompileRegex): FieldPattern {
  if (!text.endsWith(']')) throw invalidParameter(`Invalid filter pattern: '${text}' has no closing bracket.`)
  const tokens = readTokens(text.slice(1, -1), compile)
  const fields = [readField(tokens)]
  while (tokens.take(',')) fields.push(readField(tokens))
  if (tokens.peek()) throw tokens.fail()
  const gap = fields.indexOf('...')
  if (gap !== fields.lastIndexOf('...')) throw invalidParameter(`A filter pattern can hold one ellipsis: '${text}'`)
  return { fields, gap }
}

function matchFields({ fields, gap }: FieldPattern, words: readonly string[]): boolean {
  if (gap < 0 ? words.length !== fields.length : words.length < fields.length - 1) return false
  const shift = words.length - fields.length
  return fields.every(
    (field, index) => field === '...' || field.test(words[gap >= 0 && index > gap ? index + shift : index] ?? ''),
  )
}

/** The field of the word at `index` of so many; undefined for a word that the ellipsis stands for. */
function fieldAt({ fields, gap }: FieldPattern, words: number, index: number): Field | undefined {
  const shift = gap < 0 ? 0 : words - fields.length
  const field = gap < 0 || index < gap ? fields[index] : index > gap + shift ? fields[index - shift] : undefined
  return field === '...' ? undefined : field
}

function readField(tokens: Tokens): Field | '...' {
  const token = tokens.peek()
  // An empty name, as after a last comma, is a field that may be anything.
  if (!token || (token.kind === 'mark' && token.text === ',')) return { test: () => true }
  if (token.kind === 'bare' && token.text === '...') {
    tokens.next()
    return '...'
  }
  let first: string | undefined
  const test = readExpression<string>(tokens, () => {
    const condition = readCondition(tokens)
    first ??= condition.name
    return condition.test
  })
  return { ...(first !== undefined && { name: first }), test }
}

function readCondition(tokens: Tokens): Required<Field> {
  const name = tokens.peek()
  if (name?.kind !== 'bare' || !/^[\p{L}\p{N}_-]+$/u.test(name.text)) throw tokens.fail()
  tokens.next()
  const after = tokens.peek()
  if (!after || (after.kind === 'mark' && [',', ')', '&&', '||'].includes(after.text)))
    return { name: name.text, test: () => true }
  const { operator, literal } = readComparison(tokens)
  return { name: name.text, test: comparison(operator, literal) }
}

const splitWords = (message: string): string[] =>
  [...message.matchAll(/\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|(\S+)/gs)].map(
    ([whole, bracketed, quoted]) => bracketed ?? quoted ?? whole,
  )
