#!/usr/bin/env node
import { createProgram } from './cli/program.ts'
import type { OpenServer } from './cli/start.ts'

// Whoever reads what is printed may have had enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

/** Loaded when a command needs a server, which most do not. */
const openServer: OpenServer = async options => (await import('./server.ts')).openServer(options)

// The composition root: nothing else reads flags and environment.
try {
  await createProgram(openServer, process.env, process.stdout, process.stderr).parseAsync(process.argv)
} catch (error) {
  process.stderr.write(`modelmart: ${(error as Error).message}\n`)
  process.exitCode = 1
}
