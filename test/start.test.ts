import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../demo/free-port.ts'
import { startServer } from '../demo/server-process.ts'
import { lockExclusively } from '../src/store/exclusive-lock.ts'

const program = new URL('../bin/modelmart.mjs', import.meta.url).pathname

/** Runs a command that is to fail: its exit code and what it says of that. */
async function refused(...words: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

describe('what cannot be done ends with one line and exit code 1', { timeout: 60_000 }, () => {
  let data: string
  let server: Awaited<ReturnType<typeof startServer>>
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-start-'))
    server = await startServer({ data: data, engineSocket: 'unix:///nobody' })
  })
  after(async () => {
    await server.stop()
    await rm(data, { recursive: true })
  })

  it('a second server on a data directory', async () => {
    const { code, said } = await refused('start', '--data', data, '--port', '0')
    assert.equal(code, 1)
    assert.match(said, /^modelmart: Another server runs on this data directory.*\n$/)
  })

  it('a server on a port that is taken', async () => {
    const { port } = new URL(server.url)
    const { code, said } = await refused('start', '--data', join(data, 'second'), '--port', port)
    assert.equal(code, 1)
    assert.equal(
      said,
      `modelmart: Port ${port} of 127.0.0.1 is taken. Give --port another one; 0 takes any that is free.\n`,
    )
  })

  it('a data directory that cannot be made', async () => {
    const { code, said } = await refused('account', 'list', '--data', '/dev/null/data')
    assert.equal(code, 1)
    assert.match(said, /^modelmart: ENOTDIR.*\n$/)
  })

  it('an account of a name that cannot be, or that is taken', async () => {
    const create = (name: string) => refused('account', 'create', name, '--data', data)
    assert.match((await create('two words')).said, /^modelmart: Account name "two words".*\n$/)
    assert.equal((await create('once')).code, 0)
    const { code, said } = await create('once')
    assert.equal(code, 1)
    assert.match(said, /^modelmart: There is an account named once.*\n$/)
  })
})

describe('a server ends with SIGTERM and exit code 0, however it was started', { timeout: 120_000 }, () => {
  const root = new URL('..', import.meta.url).pathname
  const ways: Readonly<Record<string, readonly string[]>> = {
    'node bin/modelmart.mjs start': [process.execPath, program, 'start'],
    'npm start': ['npm', 'start', '--'],
    'npx modelmart start': ['npx', 'modelmart', 'start'],
  }
  for (const [way, [command = '', ...words]] of Object.entries(ways))
    it(way, async context => {
      const data = await mkdtemp(join(tmpdir(), 'modelmart-end-'))
      context.after(() => rm(data, { recursive: true }))
      const port = await freePort()
      const env = { ...process.env, DOCKER_HOST: 'unix:///nobody' }
      const child = spawn(command, [...words, '--data', data, '--port', String(port)], {
        cwd: root,
        env,
        stdio: 'pipe',
      })
      let said = ''
      for await (const text of child.stdout.setEncoding('utf8')) {
        said += text
        if (said.includes('ready')) break
      }
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code, signal] = await ended
      // A shell in between dies of the signal itself; what counts is that the server does not stay.
      if (way.startsWith('node')) assert.deepEqual([code, signal], [0, null])
      await lockFree(data)
      await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`))
    })
})

/** Resolves when no server holds the data directory any more. */
async function lockFree(data: string): Promise<void> {
  for (;;) {
    try {
      return lockExclusively(join(data, 'lock'))()
    } catch {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
