import { cellsOf } from '../../workload/csv-cells.ts'
import { Unscorable } from './metric.ts'

/** Where in a line the prediction stands: a column of CSV, from 0, or a member of a JSON object. The first column when nothing is said. */
export interface PredictionPlace {
  readonly column?: number
  readonly field?: string
}

const longest = 256

/** The prediction, or label, of the line of a row. Throws Unscorable. */
export function predictionOf(line: string, row: number, { column = 0, field }: PredictionPlace = {}): string {
  const text = field === undefined ? cellsOf(line)[column] : memberOf(line, row, field)
  if (text === undefined) throw new Unscorable(`Line ${row + 1} has no column ${column}.`)
  if (text.length > longest) throw new Unscorable(`What line ${row + 1} says has more than ${longest} characters.`)
  return text
}

function memberOf(line: string, row: number, field: string): string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Unscorable(`Line ${row + 1} is not JSON.`)
  }
  const found =
    typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined
  if (['string', 'number', 'boolean'].includes(typeof found)) return String(found)
  throw new Unscorable(`Line ${row + 1} has no text or number "${field}".`)
}
