import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { clock } from '../ground/clock.ts'
import type { ExamplePublisher, Publication } from '../operator/examples.ts'
import { exampleProducts } from './example-products.ts'

const modelmart = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))
const most = { lines: 200, letters: 500 }

/**
 * Runs `modelmart examples publish` beside the server on its data directory: builds and pushes take long, and are nothing that a server
 * does itself. Their notebooks are not executed: that needs a further image of 450 MB, and whoever looks around waits. `close` ends it.
 */
export function createExamplePublisher(data: string, program = modelmart): ExamplePublisher & { close(): void } {
  let child: ChildProcess | undefined
  let now: Publication = { status: 'NOT_STARTED', lines: [] }
  const hear = (line: string) => {
    now = { ...now, lines: [...now.lines, line.slice(0, most.letters)].slice(-most.lines) }
  }
  return {
    examples: async () => (await exampleProducts()).map(({ name, description }) => ({ name, description })),
    publication: () => now,
    start(names) {
      now = { status: 'IN_PROGRESS', startedAt: new Date(clock.now()), lines: [] }
      const running = spawn(
        process.execPath,
        [program, 'examples', 'publish', '--no-notebook', ...names, '--data', data],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      child = running
      for (const input of [running.stdout, running.stderr]) createInterface({ input }).on('line', hear)
      running.on('error', error => hear(error.message))
      running.on('close', code => {
        now = { ...now, status: code === 0 ? 'COMPLETED' : 'FAILED' }
      })
    },
    close: () => void child?.kill(),
  }
}
