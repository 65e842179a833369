import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { createEngineStarts } from './engine-start.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelmart-engine-'))
})
after(() => rm(directory, { recursive: true, force: true }))

async function listen(path: string): Promise<ChildProcess> {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('listens'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
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
  const [at] = await starts()
  assert.ok(at && Math.abs(at.getTime() - asked) < 5000, `${at}`)
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
  assert.deepEqual(await createEngineStarts('/mine', file)(), [new Date('2026-01-01T00:00:00.000Z')])
  assert.equal((await readFile(file, 'utf8')).split('\n').length, 4)
})
