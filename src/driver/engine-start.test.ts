import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { createEngineStarts, endedBy } from './engine-start.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelmart-engine-'))
})
after(() => rm(directory, { recursive: true, force: true }))

const listeners: ChildProcess[] = []
after(() => listeners.map(child => child.kill('SIGKILL')))

async function listen(path: string, then = ''): Promise<ChildProcess> {
  const program = `const server = require('net').createServer().listen(${JSON.stringify(path)}, () => { ${then}; console.log('listens') })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  listeners.push(child)
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
  return child
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

it('tells every start of who listens, also to the server that comes next', async () => {
  const socket = join(directory, 'engine.sock')
  const file = join(directory, 'starts')
  const starts = createEngineStarts(`unix://${socket}`, file)
  assert.deepEqual(await starts(), [])
  const asked = Date.now()
  const first = await listen(socket)
  const [{ at } = {}] = await starts()
  // Linux counts starts in hundredths of a second, and the start of the machine in seconds.
  assert.ok(at && at.getTime() > asked - 2000 && at.getTime() < Date.now() + 2000, `${at}`)
  assert.equal((await starts()).length, 1)
  await end(first)
  await rm(socket)
  await new Promise(resolve => setTimeout(resolve, 1100))
  const second = await listen(socket)
  assert.equal((await starts()).length, 2)
  const next = createEngineStarts(socket, file)
  assert.deepEqual(await next(), await starts())
  await end(second)
})

it('takes neither what another engine wrote nor what a full disk has cut off', async () => {
  const file = join(directory, 'mixed')
  await writeFile(
    file,
    '2026-01-01T00:00:00.000Z /mine\n2026-01-02T00:00:00.000Z /other\n2026-01-2026-01-03T00:00:00.000Z /mine\n',
  )
  assert.deepEqual(await createEngineStarts('/mine', file)(), [{ at: new Date('2026-01-01T00:00:00.000Z') }])
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 4)
})

it('takes no child that the engine has forked for an engine', async () => {
  const socket = join(directory, 'forking.sock')
  const starts = createEngineStarts(socket)
  const options = `{ stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] }`
  // Five seconds after the engine, so that its start would be one of its own.
  const fork = `setTimeout(() => require('child_process').spawn('sleep', ['20'], ${options}), 5000)`
  const engine = await listen(socket, fork)
  const [first] = await starts()
  await new Promise(resolve => setTimeout(resolve, 6000))
  const [now, ...others] = await createEngineStarts(socket)()
  assert.deepEqual(others, [])
  assert.ok(Math.abs(Number(now?.at) - Number(first?.at)) < 3000, `${now?.at} ${first?.at}`)
  await end(engine)
})

it('knows an orderly restart by what ended after the engine fell silent', async () => {
  const time = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000)
  const heard = { at: time(100), silentSince: time(90) }
  assert.equal(endedBy(heard, time(0), time(95)), true)
  assert.equal(endedBy(heard, time(0), time(80)), false, 'it had ended before')
  assert.equal(endedBy(heard, time(101), time(105)), false, 'it was started after')
  assert.equal(endedBy({ at: time(100) }, time(0), time(85)), true)
  assert.equal(endedBy({ at: time(100) }, time(0), time(70)), false)
  const file = join(directory, 'silent')
  await writeFile(file, `${time(100).toISOString()} /mine ${time(90).toISOString()}\n`)
  assert.deepEqual(await createEngineStarts('/mine', file)(), [heard])
})
