import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../demo/free-port.ts'

const root = new URL('../', import.meta.url).pathname
const run = promisify(execFile)

/** As a user's shell has it: without the dependencies' programs, the pinned Node among them. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter(folder => !folder.includes('node_modules'))
  .join(delimiter)

test('the published package starts, under the machine’s own Node', { timeout: 300_000 }, async context => {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-package-'))
  context.after(() => rm(place, { recursive: true, force: true }))
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', place], { cwd: root })
  const archive = stdout.trim().split('\n').at(-1) as string
  await writeFile(join(place, 'package.json'), '{ "private": true }')
  const quietly = ['--no-audit', '--no-fund', '--prefer-offline']
  await run('npm', ['install', ...quietly, join(place, archive)], { cwd: place })

  const program = join(place, 'node_modules/.bin/modelmart')
  const data = join(place, 'data')
  const options = { cwd: place, env: { ...process.env, PATH } }
  await run(program, ['account', 'create', 'someone', '--data', data], options)
  const accounts = await run(program, ['account', 'list', '--data', data], options)
  assert.match(accounts.stdout, /someone/)

  const port = await freePort()
  const server = spawn(program, ['start', '--data', data, '--port', String(port)], { ...options, stdio: 'pipe' })
  context.after(() => server.kill('SIGKILL'))
  const [told] = await once(server.stdout, 'data')
  assert.match(String(told), /ready/)
  const health = await fetch(`http://127.0.0.1:${port}/healthz`)
  assert.equal(health.status, 200, await health.text())
  const console = await fetch(`http://127.0.0.1:${port}/console/`)
  assert.equal(console.status, 200)
  const script = /src="([^"]+\.js)"/.exec(await console.text())?.[1]
  assert.equal((await fetch(`http://127.0.0.1:${port}${script}`)).headers.get('content-encoding'), 'gzip')
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  assert.equal(code, 0)
})
