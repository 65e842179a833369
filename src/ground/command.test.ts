import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runCommand } from './command.ts'

const shell = (script: string, options = {}) => runCommand('sh', ['-c', script], options)
const runnerPid = async (): Promise<number> => Number((await shell('echo $PPID')).stdout)

it('resolves with what a program wrote, having given it what to read', async () => {
  assert.deepEqual(await shell('cat; echo complaint >&2', { input: 'given\n' }), {
    stdout: 'given\n',
    stderr: 'complaint\n',
  })
  assert.equal((await shell('cat')).stdout, '', 'what is given nothing reads its end')
})

it('runs many beside one another, each with its own answer', async () => {
  const outputs = await Promise.all(Array.from({ length: 20 }, (_, n) => shell(`sleep 0.0${20 - n}; echo ${n}`)))
  assert.deepEqual(
    outputs.map(({ stdout }) => Number(stdout)),
    Array.from({ length: 20 }, (_, n) => n),
  )
})

it('rejects as execFile does', async () => {
  for (const [file, words, options] of [
    ['sh', ['-c', 'echo said; echo why >&2; exit 3'], {}],
    ['sh', ['-c', 'kill -9 $$'], {}],
    ['no-such-program', [], {}],
    ['sleep', ['5'], { timeout: 20 }],
    ['sh', ['-c', 'echo much'], { maxBuffer: 2 }],
  ] as const) {
    const told = (error: object) => {
      const { message, code, signal, killed, stdout, stderr } = error as Record<string, unknown>
      return { message, code: code ?? null, signal: signal ?? null, killed: killed ?? false, stdout, stderr }
    }
    const expected = await promisify(execFile)(file, words, options).catch(told)
    assert.deepEqual(await runCommand(file, words, options).catch(told), expected, `${file} ${words.join(' ')}`)
  }
})

it('gives a program the environment that is asked for', async () => {
  assert.equal((await shell('echo $GIVEN', { env: { PATH: process.env.PATH, GIVEN: 'this' } })).stdout, 'this\n')
})

it('fails what was run when the process that runs programs is killed, and starts another one', async () => {
  const first = await runnerPid()
  const failed = assert.rejects(shell('sleep 10'), /The process that runs programs for the server has ended/)
  await sleep(20)
  process.kill(first, 'SIGKILL')
  await failed
  assert.notEqual(await runnerPid(), first)
})

it('goes on when both are told to end, and ends with who started it, which it does not keep', async () => {
  const pid = await runnerPid()
  process.kill(pid, 'SIGTERM')
  process.kill(pid, 'SIGINT')
  assert.equal(await runnerPid(), pid)

  const module = new URL('./command.ts', import.meta.url)
  const script = `import { runCommand } from '${module}'; console.log((await runCommand('sh', ['-c', 'echo $PPID'])).stdout)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const isThere = () =>
    readFile(`/proc/${Number(stdout)}/comm`).then(
      () => true,
      () => false,
    )
  while (await isThere()) await sleep(10)
})
