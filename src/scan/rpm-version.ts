import { compareDigits, compareText } from './compare-digits.ts'

/**
 * Orders versions of rpm packages, `[EPOCH:]VERSION[-RELEASE]`; negative when `a` is the older. Source: RPM reference manual,
 * "Dependencies", versioning; rpm-version(7).
 */
export function compareRpmVersions(a: string, b: string): number {
  const left = parts(a)
  const right = parts(b)
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareRpmPart(left.version, right.version) ||
    compareRpmPart(left.release, right.release)
  )
}

function parts(text: string): { epoch: string; version: string; release: string } {
  const colon = /^\d+:/.exec(text)?.[0].length ?? 0
  const hyphen = text.lastIndexOf('-')
  const end = hyphen < colon ? text.length : hyphen
  return { epoch: text.slice(0, Math.max(0, colon - 1)), version: text.slice(colon, end), release: text.slice(end + 1) }
}

/** A tilde comes before the end, the end before a caret, that before letters, letters before digits. */
const rank = { '~': 0, end: 1, '^': 2, letters: 3, digits: 4 } as const

interface Segment {
  readonly rank: number
  readonly text: string
}

/** Orders a version or a release alone: segment by segment, whatever separates them. */
export function compareRpmPart(a: string, b: string): number {
  const left = segments(a)
  const right = segments(b)
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = compareSegments(left[at] ?? end, right[at] ?? end)
    if (order !== 0) return order
  }
  return 0
}

const end: Segment = { rank: rank.end, text: '' }

const segments = (text: string): Segment[] =>
  (text.match(/[0-9]+|[A-Za-z]+|[~^]/g) ?? []).map(part => ({ rank: rankOf(part), text: part }))

function rankOf(part: string): number {
  if (part === '~' || part === '^') return rank[part]
  return /^[0-9]/.test(part) ? rank.digits : rank.letters
}

function compareSegments(a: Segment, b: Segment): number {
  if (a.rank !== b.rank) return a.rank - b.rank
  return a.rank === rank.digits ? compareDigits(a.text, b.text) : compareText(a.text, b.text)
}
