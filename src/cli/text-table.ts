/** Cells under each other, a line each, two spaces between columns. What would move the cursor of a terminal is a space: sellers write titles, and their programs logs. */
export function textTable(given: readonly (readonly string[])[]): string {
  const lines = given.map(line => line.map(cell => cell.replaceAll(/\p{Cc}/gu, ' ')))
  const widths = lines[0]?.map((_, at) => Math.max(...lines.map(line => line[at]?.length ?? 0))) ?? []
  return lines
    .map(
      line =>
        `${line
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
