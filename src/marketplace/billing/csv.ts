/** The first line of a table as RFC 4180 has it: the names of its columns. */
export const csvHead = (columns: readonly string[]): string => line(columns)

/** Further lines of it. Empty where a row lacks a column. */
export const csvRows = (
  columns: readonly string[],
  rows: readonly Readonly<Record<string, string | number>>[],
): string => rows.map(row => line(columns.map(column => row[column] ?? ''))).join('')

const line = (cells: readonly (string | number)[]): string => `${cells.map(cell).join(',')}\r\n`

/** Spreadsheets take a text that begins so for a formula, and sellers write the titles that buyers open. */
const formula = /^[=+\-@\t\r]/

function cell(value: string | number): string {
  const isNumber = typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(value)
  const text = isNumber || !formula.test(value) ? String(value) : `'${value}`
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
