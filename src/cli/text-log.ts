import type { Writable } from 'node:stream'
import { inspect } from 'node:util'
import { pino } from 'pino'

/** A log for people: `2026-11-29T21:40:00.000Z WARN  what happened  name=value …`, an error's stack on lines of its own. */
export function textLog(out: Writable): { write(line: string): void } {
  return { write: line => void out.write(`${readable(JSON.parse(line))}\n`) }
}

function readable({ level, time, msg, err, ...rest }: Record<string, unknown>): string {
  const name = (pino.levels.labels[Number(level)] ?? String(level)).toUpperCase().padEnd(5)
  const facts = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`,
  )
  const stack = err ? ((err as { stack?: string }).stack ?? inspect(err)) : ''
  const told = stack ? `\n${stack.replaceAll(/^/gm, '    ')}` : ''
  return `${new Date(Number(time)).toISOString()} ${name} ${oneLine(String(msg ?? ''))}${facts.length > 0 ? ` ${facts.join('')}` : ''}${told}`
}

/** What strangers sent cannot begin a line of its own. */
const oneLine = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
const quoted = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text))
