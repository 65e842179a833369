import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../demo/free-port.ts'
import { until } from './e2e/until.ts'

const program = new URL('../bin/modelmart.mjs', import.meta.url).pathname
const data = await mkdtemp(join(tmpdir(), 'modelmart-start-links-'))
after(() => rm(data, { recursive: true }))

/** What a server prints to a terminal until it has said enough; the terminal is `script`'s, of util-linux. */
async function printedToTerminal(enough: RegExp): Promise<string> {
  const words = [process.execPath, program, 'start', '--data', data, '--port', String(await freePort())]
  const env = { ...process.env, DOCKER_HOST: 'unix:///nobody' }
  const terminal = spawn('script', ['-qec', words.map(word => `'${word}'`).join(' '), '/dev/null'], { env })
  let printed = ''
  terminal.stdout.setEncoding('utf8').on('data', piece => {
    printed += piece
  })
  const ended = new Promise(resolve => terminal.once('close', resolve))
  try {
    return await until(
      'it has greeted',
      async () => printed,
      told => enough.test(told),
      60,
    )
  } finally {
    terminal.stdin.write('\x03')
    await ended
  }
}

it('greets a person at a terminal with links to the console, and a file with none', async () => {
  assert.match(await printedToTerminal(/no account yet/), /ready at http/)
  await promisify(execFile)(process.execPath, [program, 'account', 'create', 'seller', '--data', data])
  const printed = await printedToTerminal(/as seller/)
  assert.match(printed, /console, as seller, once: http:\/\/127\.0\.0\.1:\d+\/console\/sign-in#link=[\w-]{43}/)

  const piped = spawn(process.execPath, [program, 'start', '--data', data, '--port', '0'], {
    env: { ...process.env, DOCKER_HOST: 'unix:///nobody' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = text(piped.stdout)
  piped.stdout.once('data', () => piped.kill('SIGTERM'))
  assert.match(await lines, /^modelmart is ready at http:\/\/localhost:\d+\n$/)
})
