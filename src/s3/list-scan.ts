/** Where a listing goes on: at this key, just behind it, or behind this very row when several rows share a key. */
export type Position<Row> = { readonly from: Buffer } | { readonly behind: Buffer } | { readonly after: Row }

/** One line of a page: a row, or the prefix that the keys behind it share. */
export type Entry<Row> = { readonly row: Row } | { readonly prefix: Buffer }

export interface Scan<Row> {
  /** Rows in order from the position, below the bound. */
  readonly fetch: (at: Position<Row>, below: Buffer | undefined, limit: number) => Promise<Row[]>
  readonly keyOf: (row: Row) => Uint8Array
  readonly prefix: string
  readonly delimiter: string | undefined
  readonly start: Position<Row> | undefined
  readonly limit: number
}

export interface Page<Row> {
  readonly entries: readonly Entry<Row>[]
  readonly truncated: boolean
}

/**
 * One page of a listing. Keys that share a prefix up to the delimiter become one entry, and the scan seeks behind that prefix, so
 * that a page costs the same whether ten or a million keys lie under it. How many rows are fetched at once follows what was found:
 * few where prefixes hide many keys, many where they hide few.
 */
export async function scanPage<Row>(scan: Scan<Row>): Promise<Page<Row>> {
  const prefix = Buffer.from(scan.prefix)
  const delimiter = scan.delimiter ? Buffer.from(scan.delimiter) : undefined
  const below = successor(prefix)
  const entries: Entry<Row>[] = []
  let at = startOf(scan, prefix, delimiter)
  let batch = delimiter ? 32 : scan.limit + 1
  for (;;) {
    const rows = await scan.fetch(at, below, batch)
    let shared: Buffer | undefined
    let hidden = 0
    for (const row of rows) {
      const key = Buffer.from(scan.keyOf(row))
      if (shared && startsWith(key, shared)) {
        hidden++
        continue
      }
      if (entries.length === scan.limit) return { entries, truncated: true }
      shared = delimiter && sharedPrefix(key, prefix, delimiter)
      entries.push(shared ? { prefix: shared } : { row })
    }
    const last = rows.at(-1)
    if (!last || rows.length < batch) return { entries, truncated: false }
    at = shared ? { from: successor(shared) ?? shared } : { after: last }
    if (delimiter) batch = hidden > rows.length / 2 ? Math.max(2, batch >> 2) : Math.min(1000, batch * 2)
  }
}

/** A marker that is itself a shared prefix was the last entry of a page: nothing under it is listed again. */
function startOf<Row>(scan: Scan<Row>, prefix: Buffer, delimiter: Buffer | undefined): Position<Row> {
  const { start } = scan
  if (!start) return { from: prefix }
  const key = 'from' in start ? start.from : 'behind' in start ? start.behind : Buffer.from(scan.keyOf(start.after))
  if (Buffer.compare(key, prefix) < 0) return { from: prefix }
  const shared = delimiter && startsWith(key, prefix) && sharedPrefix(key, prefix, delimiter)
  return 'behind' in start && shared && shared.equals(key) ? { from: successor(shared) ?? shared } : start
}

function sharedPrefix(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.subarray(0, at + delimiter.length)
}

/** The first byte string behind all that begin with this one; undefined when there is none. UTF-8 has no byte 0xff, so one always fits. */
export function successor(prefix: Buffer): Buffer | undefined {
  if (prefix.length === 0) return undefined
  const next = Buffer.from(prefix)
  next[next.length - 1] = (prefix.at(-1) ?? 0) + 1
  return next
}

const startsWith = (key: Buffer, prefix: Buffer): boolean => key.subarray(0, prefix.length).equals(prefix)
