#!/usr/bin/env node
import { existsSync } from 'node:fs'

import { enableCompileCache } from 'node:module'

// Types are stripped and code is compiled once, not at every start.
enableCompileCache()

// A published package holds compiled code; a clone runs the sources as they are.
const compiled = new URL('../dist/main.js', import.meta.url)
await import(existsSync(compiled) ? compiled : new URL('../src/main.ts', import.meta.url))
