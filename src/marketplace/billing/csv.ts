/** A table as RFC 4180 has it, with a line of names first. Empty when a row lacks a column. */
export function csv(columns: readonly string[], rows: readonly Readonly<Record<string, string | number>>[]): string {
  const lines = [columns, ...rows.map(row => columns.map(column => row[column] ?? ''))]
  return lines.map(line => `${line.map(cell).join(',')}\r\n`).join('')
}

/** Spreadsheets take a text that begins so for a formula, and sellers write the titles that buyers open. */
const formula = /^[=+\-@\t\r]/

function cell(value: string | number): string {
  const isNumber = typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(value)
  const text = isNumber || !formula.test(value) ? String(value) : `'${value}`
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
