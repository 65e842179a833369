import type { Matcher } from './filter-value.ts'
import { type CompileRegex, compileRegex, readQuoted } from './filter-value.ts'
import { invalidParameter } from './logs-error.ts'

const term = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([\p{L}\p{N}_]+))(?=\s|$)/suy

/**
 * Terms that all must be in the message, `-` before those that must not, `?` before those of which one must. A `?` beside terms
 * of the other kinds has no effect, as the User Guide says. Terms match anywhere, also within a word; case counts.
 */
export function parseTermPattern(text: string, compile: CompileRegex): Matcher {
  const terms = [...readTerms(text, compile)]
  const kind = (sign: string) => terms.filter(each => each.sign === sign).map(each => each.matches)
  const [required, excluded, optional] = [kind(''), kind('-'), kind('?')]
  if (optional.length === terms.length) return message => optional.some(matches => matches(message))
  return message => required.every(matches => matches(message)) && !excluded.some(matches => matches(message))
}

function* readTerms(text: string, compile: CompileRegex): Generator<{ sign: string; matches: Matcher }> {
  let at = 0
  while (at < text.length) {
    term.lastIndex = at
    const found = term.exec(text)
    if (!found) throw invalidTerm(text.slice(at))
    const [whole, sign = '', quoted, regex, word = ''] = found
    yield {
      sign,
      matches: regex === undefined ? contains(quoted === undefined ? word : readQuoted(quoted)) : test(regex, compile),
    }
    at += whole.length
  }
}

const contains =
  (part: string): Matcher =>
  message =>
    message.includes(part)

function test(source: string, compile: CompileRegex): Matcher {
  const regex = compileRegex(source, compile)
  return message => regex.test(message)
}

const invalidTerm = (rest: string) => {
  const characters = /[^\s\p{L}\p{N}_]+/u.exec(rest.replace(/^\s*[?-]?/, ''))?.[0] ?? rest.trim()
  return invalidParameter(`Invalid character(s) in term '${characters}'`)
}
