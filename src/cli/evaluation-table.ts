import { textTable } from './text-table.ts'

/** Of `GetEvaluation`. */
export interface EvaluationResult {
  readonly productTitle: string
  readonly productId: string
  readonly rank?: number
  readonly score?: number
  readonly scoreProblem?: string
  readonly failureReason?: string
  readonly status: string
  readonly latency?: { readonly p50Ms: number; readonly p99Ms: number }
  readonly pricePerThousandRows?: string
}

/** Products side by side, a line each, in the order in which they are told. */
export function evaluationTable(results: readonly EvaluationResult[], metric: string): string {
  return textTable([['', 'PRODUCT', metric.toUpperCase(), 'P50 MS', 'P99 MS', 'USD/1000', ''], ...results.map(cellsOf)])
}

const cellsOf = (result: EvaluationResult): string[] => [
  result.rank === undefined ? '-' : String(result.rank),
  `${result.productTitle} (${result.productId})`,
  number(result.score),
  number(result.latency?.p50Ms),
  number(result.latency?.p99Ms),
  result.pricePerThousandRows ?? '-',
  result.failureReason ?? result.scoreProblem ?? (result.status === 'SUCCEEDED' ? '' : result.status),
]

const number = (value: number | undefined): string => (value === undefined ? '-' : String(Number(value.toPrecision(4))))
