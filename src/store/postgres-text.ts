/** A code point that is no character, and that PostgreSQL takes. */
const mark = '\uFFFE'

/**
 * PostgreSQL's text holds every code point but U+0000 (its manual, 8.3), SQLite's all of them. So U+0000 is kept as U+FFFE and a 0, and U+FFFE
 * itself as U+FFFE and a 1: what is equal stays equal.
 */
export const textForPostgres = (text: string): string =>
  text.includes('\0') || text.includes(mark)
    ? text.replaceAll(/[\0\uFFFE]/g, found => `${mark}${found === mark ? 1 : 0}`)
    : text

export const textFromPostgres = (text: string): string =>
  text.includes(mark) ? text.replaceAll(/\uFFFE(.)/g, (_, which) => (which === '1' ? mark : '\0')) : text

/** Parameters of a statement. */
export const valuesForPostgres = (values: readonly unknown[]): unknown[] =>
  values.map(value => (typeof value === 'string' ? textForPostgres(value) : value))
