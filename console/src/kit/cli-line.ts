import { wordsOf } from './words-of.ts'

const kebab = (name: string): string => wordsOf(name).join('-')
/** A word that a POSIX shell takes as it stands. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** A request as a line for a POSIX shell: what is undefined is left out, structures are JSON. */
export function cliLine(service: string, operation: string, input: object): string {
  const options = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([member, value]) => option(kebab(member), value))
  return ['aws', service, kebab(operation), ...options].join(' ')
}

function option(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`
  return `--${name} ${quoted(typeof value === 'object' ? JSON.stringify(value) : String(value))}`
}
