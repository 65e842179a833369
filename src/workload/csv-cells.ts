/** RFC 4180, of one line: quotes may hold commas, and quotes doubled. */
export function cellsOf(line: string): string[] {
  const cells: string[] = []
  const cell = /\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)/y
  for (let isOver = false; !isOver; ) {
    const found = cell.exec(line)
    if (!found) return [...cells, line.slice(cell.lastIndex)]
    cells.push(found[1]?.replaceAll('""', '"') ?? (found[2] as string).trim())
    isOver = !found[0].endsWith(',')
    if (cell.lastIndex === 0) cell.lastIndex = found[0].length
  }
  return cells
}
