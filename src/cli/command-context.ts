import type { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'

/** What commands get of the process. */
export interface CommandContext {
  readonly data: string
  readonly rootSecret?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: Writable
  readonly err: Writable
}

/** Warnings and errors to stderr, more when MODELMART_LOG says so. */
export const quietLog = ({ environment, err }: CommandContext): Logger =>
  pino({ level: environment.MODELMART_LOG ?? 'warn', base: null }, err)
