#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'

// npx puts a shell between itself and this program, and the shell takes a signal and passes nothing on: when it is gone, so is who asked.
if (process.env.npm_command === 'exec') {
  const shell = process.ppid
  setInterval(() => process.ppid === shell || process.kill(process.pid, 'SIGTERM'), 200).unref()
}

if (Number.parseInt(process.versions.node, 10) < 24) {
  // The Node that came with the dependencies: npx puts it first on the path, an installation for the whole machine does not.
  const node = module.createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`)
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code))
} else {
  // Types are stripped and code is compiled once, not at every start.
  module.enableCompileCache()
  // A clone runs the sources as they are; a published package holds compiled code.
  const sources = new URL('../src/main.ts', import.meta.url)
  await import(existsSync(sources) ? sources : new URL('../dist/main.js', import.meta.url))
}
