import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asProgram } from './command.mjs'
import { installDependencies } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node that came with the dependencies, whatever the machine's own is. */
const node = join(root, 'node_modules/.bin/node')

/** Runs a program of this repository with that Node, on this terminal. Resolves with its exit code; passes signals on. */
export const runProgram = words =>
  new Promise((resolve, reject) => {
    const child = spawn(node, words, { cwd: root, stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal ? 1 : code))
  })

// `node setup/run.mjs FILE …`: what the npm scripts call, from a fresh clone on.
await asProgram(import.meta.url, async () => {
  await installDependencies()
  process.exitCode = await runProgram(process.argv.slice(2))
})
