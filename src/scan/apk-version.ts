import { compareDigits, compareText } from './compare-digits.ts'

/**
 * Orders versions of Alpine packages, `DIGITS{.DIGITS}[LETTER]{_SUFFIX[NUMBER]}[~HASH][-rREVISION]`; negative when `a` is the older.
 * What does not have this form is ordered by its characters from where it leaves it. Source: apk-package(5), "Package version".
 */
export function compareApkVersions(a: string, b: string): number {
  const left = tokens(a)
  const right = tokens(b)
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = compareTokens(left[at] ?? end, right[at] ?? end)
    if (order !== 0) return order
  }
  return 0
}

/** Where one version goes on in one way and the other in another, the higher rank is the newer. */
const rank = { before: 0, end: 1, revision: 2, hash: 3, number: 4, after: 5, letter: 6, digits: 7, other: 8 } as const

interface Token {
  readonly rank: number
  readonly text: string
}

const end: Token = { rank: rank.end, text: '' }
const before = ['alpha', 'beta', 'pre', 'rc']
const after = ['cvs', 'svn', 'git', 'hg', 'p']

const form = /^(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)((?:~[0-9a-f]+)?)((?:-r\d+)?)/

function tokens(version: string): Token[] {
  const [known = '', first = '', digits = '', letter = '', suffixes = '', hash = '', revision = ''] =
    form.exec(version) ?? []
  const found = (kind: number, text: string): Token[] => (text ? [{ rank: kind, text }] : [])
  return [
    // The first number is a number whatever it begins with; the others are decimals when they begin with 0.
    ...found(rank.digits, first.replace(/^0+(?=\d)/, '')),
    ...digits
      .split('.')
      .slice(1)
      .map(text => ({ rank: rank.digits, text })),
    ...found(rank.letter, letter),
    ...suffixes.split('_').slice(1).flatMap(suffixTokens),
    ...found(rank.hash, hash.slice(1)),
    ...found(rank.revision, revision.slice(2)),
    ...found(rank.other, version.slice(known.length)),
  ]
}

function suffixTokens(suffix: string): Token[] {
  const word = suffix.replace(/\d+$/, '')
  const number = suffix.slice(word.length)
  const early = before.indexOf(word)
  const token =
    early < 0 ? { rank: rank.after, text: `${after.indexOf(word)}` } : { rank: rank.before, text: `${early}` }
  return number ? [token, { rank: rank.number, text: number }] : [token]
}

function compareTokens(a: Token, b: Token): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  const decimal = a.rank === rank.digits && (isDecimal(a.text) || isDecimal(b.text))
  const byText = decimal || a.rank === rank.hash || a.rank === rank.letter || a.rank === rank.other
  return byText ? compareText(a.text, b.text) : compareDigits(a.text, b.text)
}

const isDecimal = (text: string): boolean => text.startsWith('0')
