import type { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'

/** What commands get of the process. */
export interface CommandContext {
  readonly data: string
  /** `postgres://…`, where the rows are to be; where the data directory remembers, when absent. */
  readonly database?: string | undefined
  readonly rootSecret?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: Writable
  readonly err: Writable
}

/** Warnings and errors to stderr, more when MODELMART_LOG says so. Throws an Error for a level that there is not. */
export function quietLog({ environment, err }: CommandContext): Logger {
  const level = environment.MODELMART_LOG ?? 'warn'
  if (!levels.includes(level)) throw new Error(`MODELMART_LOG is ${level}; it can be ${levels.join(', ')}.`)
  return pino({ level, base: null }, err)
}

const levels = [...Object.keys(pino.levels.values), 'silent']
