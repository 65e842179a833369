import { PassThrough } from 'node:stream'
import { databaseEnvironment } from '../store/own-database.fixture.ts'
import { createProgram } from './program.ts'

/** What a command writes, and its exit code. */
export interface CommandEnd {
  readonly out: string
  readonly err: string
  readonly code: unknown
}

/** Runs `modelmart` on a data directory within the process of a test. */
export async function runCommand(data: string, ...line: string[]): Promise<CommandEnd> {
  const streams = { out: new PassThrough(), err: new PassThrough() }
  const noServer = () => Promise.reject(new Error('no server here'))
  const { exitCode } = process
  process.exitCode = 0
  try {
    const environment = { MODELMART_DATA: data, ...(await databaseEnvironment(data)) }
    const program = createProgram(noServer, environment, streams.out, streams.err)
    await program.parseAsync(['node', 'modelmart', ...line])
    return { out: `${streams.out.read() ?? ''}`, err: `${streams.err.read() ?? ''}`, code: process.exitCode }
  } finally {
    process.exitCode = exitCode
  }
}
