import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, statSync } from 'node:fs'
import { chmod, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { freePort } from '../demo/free-port.ts'
import { startServer } from '../demo/server-process.ts'
import { reference } from '../src/store/blob-references.ts'
import { dataDirectory } from '../src/store/data-directory.ts'
import { lockExclusively } from '../src/store/exclusive-lock.ts'
import { openFileBlobs } from '../src/store/file-blobs.ts'
import { openStore } from '../src/store/open-store.ts'

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

async function printedBy(...words: string[]): Promise<{ code: number; printed: string }> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  const printed = await text(child.stdout)
  const [code] = await ended
  return { code, printed }
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

  it('a server that may open too few files, with how to let it', async () => {
    const words = ['start', '--data', join(data, 'few'), '--port', '0']
    const line = 'ulimit -n 100 && exec "$@"'
    const child = spawn('sh', ['-c', line, 'sh', process.execPath, program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'close')
    const said = await text(child.stderr)
    assert.deepEqual([(await ended)[0], existsSync(join(data, 'few'))], [1, false])
    assert.match(said, /^modelmart: This process may open 100 files, .*`ulimit -n 65536`.*\n$/)
  })

  it('a data directory that cannot be made', async () => {
    const { code, said } = await refused('account', 'create', 'someone', '--data', '/dev/null/data')
    assert.equal(code, 1)
    assert.match(said, /^modelmart: ENOTDIR.*\n$/)
  })

  it('a command that reads, where no installation is; and none is made', async () => {
    const mistyped = join(data, 'mistyped')
    for (const words of [['account', 'list'], ['env', 'seller'], ['verify'], ['reconcile-charges']]) {
      const { code, said } = await refused(...words, '--data', mistyped)
      assert.equal(code, 1)
      assert.match(said, /^modelmart: There is no installation in .*mistyped.*\n$/)
    }
    assert.equal(existsSync(mistyped), false)
  })

  it('a level of the log that there is not', async () => {
    const child = spawn(process.execPath, [program, 'start', '--data', join(data, 'level'), '--port', '0'], {
      env: { ...process.env, MODELMART_LOG_LEVEL: 'loud' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const said = await text(child.stderr)
    assert.match(said, /^modelmart: MODELMART_LOG_LEVEL must be one of trace, debug, .*\n$/)
  })

  it('a data directory of a newer version', async () => {
    const newer = join(data, 'newer')
    assert.equal((await refused('account', 'create', 'someone', '--data', newer)).code, 0)
    const store = await openStore(dataDirectory(newer), {})
    await sql`insert into kysely_migration values ('2031-01-01-flying', '2031-01-01')`.execute(store.db)
    await store.close()
    const { code, said } = await refused('account', 'list', '--data', newer)
    assert.equal(code, 1)
    assert.match(
      said,
      /^modelmart: The data directory is of a newer version of Modelmart, which made the step 2031-01-01-flying.*\n$/,
    )
  })

  it('stored content that was damaged, with who uses it', async () => {
    const damaged = join(data, 'damaged')
    assert.equal((await refused('account', 'create', 'someone', '--data', damaged)).code, 0)
    const directory = dataDirectory(damaged)
    const blobs = await openFileBlobs(directory.blobs)
    const { digest } = await blobs.put(Buffer.alloc(100_000, 7))
    const store = await openStore(directory, {})
    await reference(store.db, digest, 's3:mine')
    await reference(store.db, `sha256:${'0'.repeat(64)}`, 's3:lost')
    await store.close()
    assert.equal((await refused('verify', '--data', join(data, 'newer'))).code, 1)
    const path = globSync(`${directory.blobs}/**/*${digest.slice(-20)}*`).find(found => statSync(found).size >= 100_000)
    await chmod(path as string, 0o600)
    const file = await open(path as string, 'r+')
    await file.write(Buffer.from('x'), 0, 1, 5000)
    await file.close()
    const { code, printed } = await printedBy('verify', '--data', damaged)
    assert.equal(code, 1)
    assert.match(printed, new RegExp(`damaged: ${digest}: .*; used by s3:mine`))
    assert.match(printed, /damaged: sha256:0{64} is not there; used by s3:lost/)
    assert.match(printed, /1 blobs of 100000 bytes read, 2 damaged/)
  })

  it('a reader of its output who goes away is no error', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${program}" --help | head -n 1 >&2`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    assert.doesNotMatch(await text(child.stderr), /EPIPE|at /)
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
