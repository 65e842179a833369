import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Selectable } from 'kysely'
import type { LogQueryTable } from '../store/schema/logs-tables.ts'
import type { Store } from '../store/store.ts'
import type { ResultRow } from './query-run.ts'

/** What was asked. Times are milliseconds; both belong to the range. */
export interface QueryRequest {
  readonly query: string
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly from: number
  readonly to: number
  readonly limit: number
  /** ARN of who asked. */
  readonly asker: string
}

/** How a query went. */
export interface QueryTotals {
  readonly statistics: Sdk.QueryStatistics
  readonly milliseconds: number
}

export interface QueryOutcome extends QueryTotals {
  readonly rows: readonly ResultRow[]
}

export type QueryStatus = 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled' | 'Timeout'

export type QueryRow = Selectable<LogQueryTable>

/** Results are kept for a week (CloudWatch Logs quotas, "Query results availability"). */
export const keptMilliseconds = 7 * 24 * 60 * 60 * 1000

export const requestOf = (row: Pick<QueryRow, 'request'>): QueryRequest => JSON.parse(row.request)
/** undefined until the query is Complete. */
export const totalsOf = ({ statistics }: Pick<QueryRow, 'statistics'>): QueryTotals | undefined =>
  statistics === null ? undefined : JSON.parse(statistics)

export const isOpen = ({ status }: { readonly status: string }): boolean =>
  status === 'Scheduled' || status === 'Running'

/** Ends a query that is still open; false when it was ended before. */
export async function endQuery(
  store: Store,
  id: string,
  status: QueryStatus,
  outcome?: QueryOutcome,
): Promise<boolean> {
  const { rows, ...totals } = outcome ?? {}
  const { numUpdatedRows } = await store.db
    .updateTable('log_query')
    .set({ status, ...(outcome && { statistics: JSON.stringify(totals), results: JSON.stringify(rows) }) })
    .where('id', '=', id)
    .where('status', 'in', ['Scheduled', 'Running'])
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
