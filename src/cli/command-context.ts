import type { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import type { ClusterSettings } from '../driver/kubernetes/open.ts'
import type { ObjectsOptions } from '../store/open-blobs.ts'
import { textLog } from './text-log.ts'

/** What commands get of the process. */
export interface CommandContext {
  readonly data: string
  /** `postgres://…`, where the rows are to be; where the data directory remembers, when absent. */
  readonly database?: string | undefined
  /** Where content is to be, and how it is reached. */
  readonly objects?: ObjectsOptions | undefined
  readonly rootSecret?: string
  /** `unix://…`; where an engine is found, when absent. */
  readonly engineSocket?: string | undefined
  /** Of the two that listen on a socket; whichever is there when absent. */
  readonly engine?: 'docker' | 'podman' | undefined
  /** The cluster that runs containers instead. */
  readonly cluster?: ClusterSettings | undefined
  /** Whether the engine does not see this program's files. */
  readonly engineOutside?: boolean | undefined
  readonly logLevel?: string | undefined
  readonly logFormat?: 'json' | 'text' | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: Writable
  readonly err: Writable
}

/** To stderr: warnings and errors, unless it is set otherwise. */
export const quietLog = ({ err, logLevel = 'warn', logFormat }: CommandContext): Logger =>
  pino({ level: logLevel, base: null }, logFormat === 'text' ? textLog(err) : err)
