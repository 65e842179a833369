#!/usr/bin/env node
import { createProgram } from './cli/program.ts'
import { openServer } from './server.ts'

// The composition root: nothing else reads flags and environment.
await createProgram(openServer, process.env, process.stdout, process.stderr).parseAsync(process.argv)
