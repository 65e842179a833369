/** One-based, as policy simulations count. */
export interface Position {
  readonly Line: number
  readonly Column: number
}

/** Where each statement of a well-formed policy begins and ends: the braces of the Statement element's object or objects. */
export function statementPositions(document: string): [Position, Position][] {
  const found: [Position, Position][] = []
  const positionOf = positions(document)
  let depth = 0
  let begun: Position | undefined
  let inStatements = false
  for (const { token, at, isKey } of tokens(document)) {
    if (depth === 1 && isKey) inStatements = token === '"Statement"'
    if (token === '{' && ++depth === 2 && inStatements) begun = positionOf(at)
    if (token === '}' && depth-- === 2 && inStatements && begun) found.push([begun, positionOf(at)])
  }
  return found
}

/** Lines and columns of places that are asked in their order: the document is read once. */
function positions(document: string): (at: number) => Position {
  let line = 1
  let begun = 0
  return at => {
    for (let next = document.indexOf('\n', begun); next >= 0 && next < at; next = document.indexOf('\n', begun)) {
      line++
      begun = next + 1
    }
    return { Line: line, Column: at - begun + 1 }
  }
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
