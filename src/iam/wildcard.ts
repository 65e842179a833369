/** Text between two `*` of a pattern. A `?` stands at each of `holes` and is any one character. */
interface Run {
  readonly text: string
  readonly holes: readonly number[]
}

/**
 * Whether the whole text fits a pattern: at even places of `pieces` what stands for itself, at odd ones `*` or `?`. Time is bounded
 * whatever pattern and text: each run between stars is looked for once, from left to right, and a look costs the text's length times a
 * 32nd of the run's, as 32 places of the run are tried at once.
 */
export function matchesWildcards(pieces: readonly string[], text: string): boolean {
  if (pieces.length === 1) return text === pieces[0]
  if (pieces.length === 3 && pieces[1] === '*')
    return (
      text.length >= (pieces[0] as string).length + (pieces[2] as string).length &&
      text.startsWith(pieces[0] as string) &&
      text.endsWith(pieces[2] as string)
    )
  return matchesRuns(runsOf(pieces), text)
}

function runsOf(pieces: readonly string[]): Run[] {
  const runs: { text: string; holes: number[] }[] = [{ text: pieces[0] as string, holes: [] }]
  for (let index = 1; index < pieces.length; index += 2) {
    const run = runs.at(-1) as (typeof runs)[number]
    const next = pieces[index + 1] as string
    if (pieces[index] === '*') runs.push({ text: next, holes: [] })
    else {
      run.holes.push(run.text.length)
      run.text += `?${next}`
    }
  }
  return runs
}

function matchesRuns(runs: readonly Run[], text: string): boolean {
  const first = runs[0] as Run
  if (runs.length === 1) return text.length === first.text.length && standsAt(first, text, 0)
  const last = runs.at(-1) as Run
  const end = text.length - last.text.length
  if (end < first.text.length || !standsAt(first, text, 0) || !standsAt(last, text, end)) return false
  let at = first.text.length
  for (let index = 1; index < runs.length - 1; index++) {
    const run = runs[index] as Run
    const found = find(run, text, at, end)
    if (found < 0) return false
    at = found + run.text.length
  }
  return true
}

function standsAt({ text: wanted, holes }: Run, text: string, at: number): boolean {
  if (holes.length === 0) return text.startsWith(wanted, at)
  const hole = new Set(holes)
  for (let index = 0; index < wanted.length; index++)
    if (wanted[index] !== text[at + index] && !hole.has(index)) return false
  return true
}

/** Runs up to this length are found by the engine's own search, whose worst case is the product. */
const short = 32

function find(run: Run, text: string, from: number, end: number): number {
  const { length } = run.text
  if (length === 0) return from
  if (end - from < length) return -1
  if (run.holes.length === 0 && length <= short) {
    const found = text.indexOf(run.text, from)
    return found + length <= end ? found : -1
  }
  return shiftAnd(run, text, from, end)
}

/** The Shift-And search: bit `i` of `state` is set while the last `i + 1` characters fit the run's first ones. */
function shiftAnd({ text: wanted, holes }: Run, text: string, from: number, end: number): number {
  const words = Math.ceil(wanted.length / 32)
  const masks = masksOf(wanted, holes, words)
  const anything = masks.get('') as Uint32Array
  const state = new Uint32Array(words)
  const [lastWord, lastBit] = [words - 1, 1 << ((wanted.length - 1) & 31)]
  for (let at = from; at < end; at++) {
    const mask = masks.get(text[at] as string) ?? anything
    let carry = 1
    for (let word = 0; word < words; word++) {
      const before = state[word] as number
      state[word] = ((before << 1) | carry) & (mask[word] as number)
      carry = before >>> 31
    }
    if (((state[lastWord] as number) & lastBit) !== 0) return at - wanted.length + 1
  }
  return -1
}

/** For each character of the run, where it fits; under the empty text, where any other does. */
function masksOf(wanted: string, holes: readonly number[], words: number): Map<string, Uint32Array> {
  const anything = new Uint32Array(words)
  const set = (mask: Uint32Array, bit: number) => {
    mask[bit >> 5] = (mask[bit >> 5] as number) | (1 << (bit & 31))
  }
  for (const hole of holes) set(anything, hole)
  const masks = new Map([['', anything]])
  const hole = new Set(holes)
  for (let index = 0; index < wanted.length; index++) {
    if (hole.has(index)) continue
    const character = wanted[index] as string
    if (!masks.has(character)) masks.set(character, anything.slice())
    set(masks.get(character) as Uint32Array, index)
  }
  return masks
}
