import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startServer } from '../demo/server-process.ts'

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
