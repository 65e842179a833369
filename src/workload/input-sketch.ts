import { createHash } from 'node:crypto'
import type { ColumnSketch, InputSketch } from '../service/product-inputs.ts'
import type { InputRecord } from './input-record.ts'

/** With fewer records chance alone would look like a difference. */
export const fewestCertified = 50
/** With what is told of the record itself. */
const mostColumns = 102
/** Of numbers, between the least and the greatest. */
const quantiles = 4
const buckets = 16

/** A column is one of numbers where so much of what it has reads as numbers. */
const mostlyNumbers = 0.95

/** Sketches what certification was given; undefined of too few records. */
export function sketchOf(records: readonly InputRecord[]): InputSketch | undefined {
  if (records.length < fewestCertified) return undefined
  const names = new Set(records.flatMap(record => [...record.keys()]))
  const columns = [...names].slice(0, mostColumns).map(name => {
    const edges = edgesOf(records.map(record => record.get(name)))
    return { name, ...(edges && { edges }), counts: [] }
  })
  const counts = createCounts({ records: 0, columns })
  records.forEach(counts.add)
  return { records: records.length, columns: columns.map((column, at) => ({ ...column, counts: counts.of(at) })) }
}

/** The least, the quantiles and the greatest of numbers, each once; undefined of a category. */
function edgesOf(values: readonly (string | undefined)[]): number[] | undefined {
  const present = values.filter(value => !isMissing(value))
  const numbers = present.map(numberOf).filter(number => number !== undefined)
  if (numbers.length === 0 || numbers.length < mostlyNumbers * present.length) return undefined
  numbers.sort((a, b) => a - b)
  const at = (share: number) => numbers[Math.round(share * (numbers.length - 1))] as number
  return [...new Set(Array.from({ length: quantiles + 1 }, (_, index) => at(index / quantiles)))]
}

const isMissing = (value: string | undefined): value is undefined => value === undefined || value === ''

function numberOf(value: string | undefined): number | undefined {
  const number = value?.trim() ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

/**
 * Where a value is counted. Bin 0 is what is missing. Of numbers 1 is what is no number, 2 below the least, then each part from an edge to the next, and the
 * last above the greatest; of categories the rest are hashes.
 */
export function binOf({ edges }: Pick<ColumnSketch, 'edges'>, value: string | undefined): number {
  if (isMissing(value)) return 0
  if (!edges) return 1 + ((createHash('sha256').update(value).digest()[0] as number) % buckets)
  const number = numberOf(value)
  if (number === undefined) return 1
  const passed = edges.filter(edge => edge <= number).length
  return passed === edges.length && number > (edges.at(-1) as number) ? edges.length + 3 : passed + 2
}

const binsOf = ({ edges }: Pick<ColumnSketch, 'edges'>): number => (edges ? edges.length + 4 : 1 + buckets)

/** Records counted in the bins of a sketch: columns that it does not have are counted nowhere but in `#columns`. */
export function createCounts({ columns }: InputSketch) {
  const counts = columns.map(column => new Array<number>(binsOf(column)).fill(0))
  let records = 0
  return {
    add(record: InputRecord): void {
      records++
      columns.forEach((column, at) => {
        const bins = counts[at] as number[]
        const bin = binOf(column, record.get(column.name))
        bins[bin] = (bins[bin] as number) + 1
      })
    },
    of: (column: number): readonly number[] => counts[column] as number[],
    get records() {
      return records
    },
  }
}
