/** The words of a text as the index knows them: lower case, without accents and plural endings. */
export const searchTerms = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word.length > 0 && word.length <= 64)
    .map(stem)

const stem = (word: string): string => (word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word)

/** How much each word says about a document: the sum of the weights of the fields it stands in, counted up to three times each. */
export function weighTerms(fields: readonly { readonly text: string; readonly weight: number }[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const { text, weight } of fields) {
    const counts = new Map<string, number>()
    for (const term of searchTerms(text)) counts.set(term, (counts.get(term) ?? 0) + 1)
    for (const [term, count] of counts) weights.set(term, (weights.get(term) ?? 0) + weight * Math.min(count, 3))
  }
  return weights
}
