import { sql } from 'kysely'

/** Of the bodies that one piece of work holds at once, however many receivers there are: 512 KiB, or one that is larger. */
const most = 512 * 1024

/** The length of a body, which is looked at before any is read. */
export const bodyBytes = sql<number>`octet_length(body)`.as('bytes')

/** The first rows whose bodies may be held at once: one at least. */
export function withinBytes<Row extends { readonly bytes: number }>(rows: readonly Row[]): Row[] {
  let sum = 0
  const end = rows.findIndex(({ bytes }, index) => {
    sum += Number(bytes)
    return index > 0 && sum > most
  })
  return rows.slice(0, end < 0 ? rows.length : end)
}
