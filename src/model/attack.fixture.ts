import fc from 'fast-check'

/** More pieces of a sample tell nothing new. */
const longestPiece = 3
const longestSample = 40

/** Some texts that an expression takes, as far as they can be generated. */
function samplesOf({ source }: RegExp): string[] {
  try {
    const texts = fc.sample(fc.stringMatching(new RegExp(source), { size: 'small' }), { numRuns: 6, seed: 7 })
    return [...new Set(texts.filter(text => text.length <= longestSample))].slice(0, 3)
  } catch {
    return []
  }
}

/**
 * Texts of a length that make an expression backtrack, if any do: of what it takes, each beginning, then a short piece of what follows
 * over and over, and an end that nothing takes. So every quantified group is fed with what it repeats.
 */
export function attacksOn(expression: RegExp, length: number): string[] {
  const attacks = new Set<string>()
  for (const sample of ['', ...samplesOf(expression)])
    for (let at = 0; at < Math.max(1, sample.length); at++)
      for (let size = 1; size <= longestPiece; size++) {
        const piece = sample.slice(at, at + size)
        const begin = sample.slice(0, at)
        for (const unit of at === 0 ? [piece, ...common].filter(Boolean) : [piece])
          attacks.add(`${(begin + unit.repeat(Math.ceil(length / unit.length))).slice(0, length)}\u0007`)
      }
  return [...attacks]
}

const common = ['a', '-', '/', '.', '1', 'a-', 'a/', 'a.', 'a_', ' ', 'x:', 'aB']
