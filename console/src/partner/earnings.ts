export interface Month {
  readonly year: number
  readonly month: number
}

/** A row of a report: its columns by name. */
export type Row = Readonly<Record<string, string>>

/** The month of a time and those before it, the oldest first. */
export function monthsUntil(now: Date, count: number): Month[] {
  const last = now.getUTCFullYear() * 12 + now.getUTCMonth()
  return Array.from({ length: count }, (_, index) => {
    const at = last - count + 1 + index
    return { year: Math.floor(at / 12), month: (at % 12) + 1 }
  })
}

/** The rows of CSV as RFC 4180 has it: quotes are doubled, and what they hold may have commas and ends of lines. */
export function rowsOf(text: string): Row[] {
  const [head = [], ...rows] = cellsOf(text)
  return rows.map(cells => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])))
}

function cellsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && quoted === undefined && plain === '' && row.length === 0) break
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
    if (end === '') break
  }
  return rows
}

/** The sum of each product, the largest first; refunds are less than nothing. */
export function byProduct(rows: readonly Row[]): (readonly [product: string, amount: number])[] {
  const sums = new Map<string, number>()
  for (const { product_title: title = '', amount = '0' } of rows)
    sums.set(title, (sums.get(title) ?? 0) + Number(amount))
  return [...sums].sort(([, one], [, other]) => other - one)
}

export const total = (rows: readonly Row[]): number => rows.reduce((sum, { amount = '0' }) => sum + Number(amount), 0)
