/**
 * A test by a text with `*` for any characters, `\*` for an asterisk and `\\` for a backslash. Undefined for two asterisks side by side and
 * for a backslash before anything else. Each part is sought once, so that its time grows with the text and not with the ways to match.
 */
export function wildcard(pattern: string): ((text: string) => boolean) | undefined {
  const parts = partsOf(pattern)
  if (!parts) return undefined
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text => text === first
  return text => {
    const end = text.length - last.length
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const part of rest) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= end
  }
}

/** What stands between the asterisks. */
function partsOf(pattern: string): string[] | undefined {
  const parts = ['']
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] as string
    if (character === '*') {
      if (pattern[index + 1] === '*') return undefined
      parts.push('')
      continue
    }
    if (character === '\\' && !/[*\\]/.test(pattern[++index] ?? '')) return undefined
    parts.push(parts.pop() + (pattern[index] as string))
  }
  return parts
}
