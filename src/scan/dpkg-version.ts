import { compareDigits } from './compare-digits.ts'

/**
 * Orders versions of Debian packages, `[EPOCH:]UPSTREAM[-REVISION]`; negative when `a` is the older. Source: Debian Policy Manual,
 * "Version".
 */
export function compareDpkgVersions(a: string, b: string): number {
  const left = parts(a)
  const right = parts(b)
  return (
    compareDigits(left.epoch, right.epoch) ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  )
}

function parts(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = /^\d+:/.exec(version)?.[0].length ?? 0
  const hyphen = version.lastIndexOf('-')
  const end = hyphen < colon ? version.length : hyphen
  return {
    epoch: version.slice(0, Math.max(0, colon - 1)),
    upstream: version.slice(colon, end),
    revision: version.slice(end + 1),
  }
}

const run = /([^0-9]*)([0-9]*)/y

/** By turns a run of other characters and a run of digits, until one of them differs. */
function comparePart(a: string, b: string): number {
  for (let at = { left: 0, right: 0 }; at.left < a.length || at.right < b.length; ) {
    const left = runAt(a, at.left)
    const right = runAt(b, at.right)
    const order = compareOthers(left.others, right.others) || compareDigits(left.digits, right.digits)
    if (order !== 0) return order
    at = { left: left.end, right: right.end }
  }
  return 0
}

function runAt(text: string, from: number): { others: string; digits: string; end: number } {
  run.lastIndex = from
  const [whole = '', others = '', digits = ''] = run.exec(text) ?? []
  return { others, digits, end: from + whole.length }
}

function compareOthers(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = weight(a, at) - weight(b, at)
    if (order !== 0) return order
  }
  return 0
}

/** A tilde comes before the end, the end before letters, letters before everything else. */
function weight(text: string, at: number): number {
  const character = text[at]
  if (character === undefined) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}
