/** One-based, as policy simulations count. */
export interface Position {
  readonly Line: number
  readonly Column: number
}

/** Where each statement of a well-formed policy begins and ends: the braces of the Statement element's object or objects. */
export function statementPositions(document: string): [Position, Position][] {
  const found: [Position, Position][] = []
  let depth = 0
  let begun = 0
  let inStatements = false
  for (const { token, at, isKey } of tokens(document)) {
    if (depth === 1 && isKey) inStatements = token === '"Statement"'
    if (token === '{' && ++depth === 2 && inStatements) begun = at
    if (token === '}' && depth-- === 2 && inStatements)
      found.push([positionOf(document, begun), positionOf(document, at)])
  }
  return found
}

function* tokens(document: string) {
  for (const found of document.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    const token = found[0]
    yield {
      token,
      at: found.index,
      isKey: /^\s*:/.test(document.slice(found.index + token.length, found.index + token.length + 64)),
    }
  }
}

function positionOf(document: string, at: number): Position {
  const before = document.slice(0, at).split('\n')
  return { Line: before.length, Column: (before.at(-1) ?? '').length + 1 }
}
