import { type Entry, successor } from './list-scan.ts'
import { s3Error } from './s3-error.ts'
import { keyText } from './version-row.ts'

/** How a listing writes keys: as they are, or percent-encoded when the client asks for it, since XML has no way to write control characters. */
export function keyEncoder(encodingType: string | undefined): (key: string) => string {
  if (encodingType === undefined) return key => key
  if (encodingType !== 'url')
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'encoding-type', ArgumentValue: encodingType },
      'Invalid Encoding Method specified in Request',
    )
  return key => encodeURIComponent(key).replaceAll('%2F', '/')
}

/** At most a thousand entries a page. Throws InvalidArgument below zero. */
export function pageSize(asked: number | undefined, name: string): number {
  if (asked !== undefined && asked < 0)
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: name, ArgumentValue: asked },
      `Argument ${name} must be an integer between 0 and 2147483647`,
    )
  return Math.min(asked ?? 1000, 1000)
}

/** Splits a page into its rows and its shared prefixes. */
export function splitEntries<Row>(entries: readonly Entry<Row>[]): { rows: Row[]; prefixes: string[] } {
  return {
    rows: entries.flatMap(entry => ('row' in entry ? [entry.row] : [])),
    prefixes: entries.flatMap(entry => ('prefix' in entry ? [keyText(entry.prefix)] : [])),
  }
}

/** The first key that a page after this entry may hold: for tokens, which must not name a row that may be gone by then. */
export function nextFrom<Row>(entry: Entry<Row> | undefined, keyOf: (row: Row) => Uint8Array): Buffer | undefined {
  if (!entry) return undefined
  if ('prefix' in entry) return successor(entry.prefix)
  return Buffer.concat([keyOf(entry.row), Buffer.from([0])])
}
